"""A sloppy pen: wide, doubled, shaky and broken lines that run past their ends."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from facepencil.strokes.edit import join, select, subdivide, without
from facepencil.strokes.misplace import move_groups
from facepencil.strokes.strokes import CANVAS_PX, Strokes

PIECE_PX = 24.0
"""Length of the pieces in which a hand trembles and a line breaks, canvas px."""

_WIDEST_PX = 2 * CANVAS_PX / 256
"""From the middle of the outermost copies to each other, canvas px: 3 px at 256 px."""


def width(strokes: Strokes, strength: float, rng: np.random.Generator) -> Strokes:
    """Lines drawn sloppily: each of the faults below by a random amount up to `strength`.

    At strength 1: up to 3 px wide in a sketch of 256 px, or half of the strokes drawn twice;
    trembling by 4 px; ends overshot by 24 px; a tenth of the line missing.
    """
    if strength == 0 or not len(strokes.parts):
        return strokes
    tremor, past, gaps, copies = strength * rng.uniform(0.3, 1, 4)
    wide = rng.random() < 0.5
    shaken = _shaken(subdivide(strokes, PIECE_PX), 4 * tremor, rng)
    overshot = _overshot(shaken, 24 * past, rng)
    broken = without(overshot, _gaps(len(overshot.segments), 0.1 * gaps, rng))
    return _widened(broken, copies * _WIDEST_PX) if wide else _doubled(broken, copies, rng)


def _shaken(strokes: Strokes, most_px: float, rng: np.random.Generator) -> Strokes:
    """Joints off their place, with the controls beside them, so that lines stay smooth."""
    offsets = rng.uniform(-most_px, most_px, strokes.points.shape).astype(np.float32)
    offsets[strokes.segments[:, 1]] = offsets[strokes.segments[:, 0]]
    offsets[strokes.segments[:, 2]] = offsets[strokes.segments[:, 3]]
    return replace(strokes, points=strokes.points + offsets)


def _overshot(strokes: Strokes, most_px: float, rng: np.random.Generator) -> Strokes:
    """Straight on past most free ends, and past some of those where strokes meet."""
    first = strokes.segments[strokes.starts[:-1]]
    last = strokes.segments[strokes.starts[1:] - 1]
    ends = np.concatenate([first[:, [0, 1, 2, 3]], last[:, ::-1]])
    onward = _directions(strokes.points[ends])
    free = np.bincount(ends[:, 0], minlength=len(strokes.points))[ends[:, 0]] == 1
    past = rng.random(len(ends)) < np.where(free, 0.7, 0.12)
    reach = most_px * rng.uniform(0.2, 1, len(ends))
    steps = (np.arange(1, 4) / 3)[:, None] * (reach[:, None] * onward)[past, None]
    added = (strokes.points[ends[past, 0], None] + steps).astype(np.float32)
    new = len(strokes.points) + np.arange(3 * past.sum()).reshape(-1, 3)
    segments = np.column_stack([ends[past, 0], new]).astype(np.int32)
    return Strokes(
        np.concatenate([strokes.points, added.reshape(-1, 2)]),
        np.concatenate([strokes.segments, segments]),
        np.append(strokes.starts, strokes.starts[-1] + 1 + np.arange(len(new))).astype(np.int32),
        np.append(strokes.parts, np.tile(strokes.parts, 2)[past]),
    )


def _gaps(count: int, share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    gone = np.zeros(count, np.bool_)
    gone[rng.permutation(count)[: int(share * count)]] = True
    return gone


def _doubled(strokes: Strokes, extent: float, rng: np.random.Generator) -> Strokes:
    """Half of the strokes once more, a little beside themselves."""
    count = len(strokes.parts)
    again = select(strokes, np.sort(rng.permutation(count)[: (count + 1) // 2]))
    groups = np.arange(len(again.parts))
    return join([strokes, move_groups(again, groups, np.full(len(groups), 0.25 * extent), rng)])


def _widened(strokes: Strokes, width_px: float) -> Strokes:
    """Each stroke between two copies of itself, to its left and right."""
    curves = strokes.points[strokes.segments].astype(np.float64)
    start, end = -_directions(curves), _directions(curves[:, ::-1])
    aside = np.zeros(strokes.points.shape, np.float32)
    for column, along in ((2, end), (3, end), (1, start), (0, start)):
        aside[strokes.segments[:, column]] = np.column_stack([-along[:, 1], along[:, 0]])
    sides = [
        replace(strokes, points=strokes.points + aside * np.float32(way * width_px / 2))
        for way in (-1, 1)
    ]
    return join([strokes, *sides])


def _directions(curves: NDArray[np.floating]) -> NDArray[np.float64]:
    """Unit vectors (S, 2) out of the first ends of curves (S, 4, 2); 0 for a dot."""
    back = curves[:, :1] - curves[:, 1:]
    lengths = np.hypot(back[..., 0], back[..., 1])
    near = (lengths > 1e-3).argmax(1)
    rows = np.arange(len(curves))
    return np.asarray(back[rows, near] / np.maximum(lengths[rows, near], 1e-3)[:, None], np.float64)
