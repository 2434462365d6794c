"""The kinds of deformation like people's, by name."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from facepencil.strokes.deform import deform
from facepencil.strokes.doodle import abstract
from facepencil.strokes.misplace import parts, warp
from facepencil.strokes.omit import drop, progress
from facepencil.strokes.sloppy import width
from facepencil.strokes.strokes import Strokes

Change = Callable[[Strokes, float, np.random.Generator], Strokes]
"""Strokes, a strength from 0 to 1 and random numbers to changed strokes."""

_JITTER_PX = 30.0
"""d of the paper's deformation at strength 1, as a part of `all`."""


def change_by(kind: str, strokes: Strokes, strength: float, rng: np.random.Generator) -> Strokes:
    """Deform strokes as people do.

    Args:
        kind: one of `KINDS`.
        strokes: the untouched strokes; they may have no labels, or be none at all.
        strength: 0 (the strokes as they are) to 1.
        rng: seeded by what is changed, never by the order of drawing.

    Returns:
        Strokes that keep the labels of their parts; they may lie off the canvas.

    Raises:
        ValueError: there is no such kind, or the strength is out of range.
    """
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r}: expected one of {', '.join(KINDS)}")
    if not 0 <= strength <= 1:
        raise ValueError(f"strength {strength}: expected 0 to 1")
    if strength == 0 or not len(strokes.parts):
        return strokes
    return KINDS[kind](strokes, strength, rng)


def _jitter(strokes: Strokes, strength: float, rng: np.random.Generator) -> Strokes:
    return replace(strokes, points=deform(strokes, strength * _JITTER_PX, 1, rng))


def _all(strokes: Strokes, strength: float, rng: np.random.Generator) -> Strokes:
    """Each of the others with even odds and up to `strength`: first what, then where, then how."""
    for change in (_jitter, abstract, parts, warp, drop, progress, width):
        taken, share, seed = rng.random() < 0.5, rng.random(), rng.integers(2**32)
        if taken:
            strokes = change(strokes, share * strength, np.random.default_rng(seed))
    return strokes


KINDS: Mapping[str, Change] = {
    "drop": drop,
    "progress": progress,
    "parts": parts,
    "warp": warp,
    "abstract": abstract,
    "width": width,
    "all": _all,
}
"""What people do to a drawing without meaning to. Jitter, the paper's, is `deform`."""
