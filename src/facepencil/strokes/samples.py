"""Points along strokes, each with the length of line that it stands for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facepencil.strokes.strokes import Strokes

SAMPLES = 8
"""Points of a segment, one in the middle of each equal step of its parameter."""
_LEAST_PX = 1e-3
"""Length of a step of a dot, so that a dot counts where there is nothing else."""
_T = np.arange(SAMPLES + 1) / SAMPLES
_CUBIC = np.stack([(1 - _T) ** 3, 3 * _T * (1 - _T) ** 2, 3 * _T**2 * (1 - _T), _T**3], axis=1)


@dataclass(frozen=True)
class LinePoints:
    """Points along the lines of a sketch.

    Attributes:
        places: (N, 2) float64, canvas px.
        lengths: (N,) float64, of the line around each, canvas px; above 0.
        strokes: (N,) int64, the stroke that each lies on.
    """

    places: NDArray[np.float64]
    lengths: NDArray[np.float64]
    strokes: NDArray[np.int64]


def points_along(strokes: Strokes) -> LinePoints:
    """`SAMPLES` points of every segment; linear in the segments."""
    curves = strokes.points[strokes.segments].astype(np.float64)
    ends = (_CUBIC[:, :, None] * curves[:, None]).sum(2)
    steps = np.diff(ends, axis=1).reshape(-1, 2)
    owners = np.repeat(np.arange(len(strokes.parts)), np.diff(strokes.starts))
    return LinePoints(
        (ends[:, 1:] + ends[:, :-1]).reshape(-1, 2) / 2,
        np.maximum(np.hypot(steps[:, 0], steps[:, 1]), _LEAST_PX),
        np.repeat(owners, SAMPLES),
    )


def part_centres(points: LinePoints, parts: NDArray[np.uint8], count: int) -> NDArray[np.float64]:
    """Mean place of the lines of each part, canvas px.

    Args:
        points: of a sketch.
        parts: (N,) part of each of them, below `count`.
        count: of parts.

    Returns:
        (count, 2); NaN where a part has no lines.
    """
    length = np.bincount(parts, points.lengths, count)
    sums = [np.bincount(parts, points.lengths * axis, count) for axis in points.places.T]
    with np.errstate(invalid="ignore"):
        return np.stack(sums, axis=1) / length[:, None]
