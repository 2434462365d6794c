"""Strokes as chains of evenly spaced points, for what must be compared or moved point by point."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from facepencil.strokes.strokes import Facial, Strokes, no_strokes

Chain = NDArray[np.float64]
"""(n, 2) points along a line, canvas px, n at least 2."""

_AT = np.linspace(0, 1, 9)[:, None]
_CUBIC = np.hstack([(1 - _AT) ** 3, 3 * _AT * (1 - _AT) ** 2, 3 * _AT**2 * (1 - _AT), _AT**3])


@dataclass(frozen=True)
class PartLine:
    """A stroke as points.

    Attributes:
        points: along it.
        part: of the face that it belongs to, as in `Facial`.
    """

    points: Chain
    part: int


def part_curves(strokes: Strokes, parts: Collection[Facial]) -> NDArray[np.float64]:
    """(S, 9, 2) points along the segments of the strokes of some parts."""
    own = np.repeat(np.isin(strokes.parts, list(parts)), np.diff(strokes.starts))
    return np.asarray(_CUBIC @ strokes.points[strokes.segments[own]].astype(np.float64))


def as_lines(strokes: Strokes, step_px: float) -> list[PartLine]:
    """Points along each stroke, `step_px` apart at most; linear in segments and length."""
    curves = part_curves(strokes, list(Facial))
    return [
        PartLine(evenly(curves[first:last].reshape(-1, 2), step_px), int(part))
        for (first, last), part in zip(pairwise(strokes.starts), strokes.parts, strict=True)
    ]


def evenly(chain: Chain, step_px: float) -> Chain:
    """Points at equal distances along a chain, at most `step_px`; at least its two ends."""
    reach = lengths(chain)
    count = int(np.ceil(reach[-1] / step_px)) + 1
    places = np.linspace(0, reach[-1], max(count, 2))
    return np.column_stack([np.interp(places, reach, chain[:, axis]) for axis in (0, 1)])


def lengths(chain: Chain) -> NDArray[np.float64]:
    """How far along a chain each of its points lies, px."""
    return np.concatenate([[0], np.hypot(*np.diff(chain, axis=0).T).cumsum()])


def as_strokes(lines: Sequence[PartLine]) -> Strokes:
    """Strokes of straight segments through the points of lines."""
    if not lines:
        return no_strokes()
    sizes = np.array([len(line.points) for line in lines])
    first = np.delete(np.arange(sizes.sum()), sizes.cumsum() - 1)
    return Strokes(
        np.concatenate([line.points for line in lines]).astype(np.float32),
        np.column_stack([first, first, first + 1, first + 1]).astype(np.int32),
        np.concatenate([[0], (sizes - 1).cumsum()]).astype(np.int32),
        np.array([line.part for line in lines], np.uint8),
    )
