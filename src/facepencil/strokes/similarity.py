"""Turning, scaling and shifting strokes as a whole."""

from dataclasses import dataclass, replace

import numpy as np

from facepencil.strokes.plane import Floats, Plane
from facepencil.strokes.strokes import Strokes


@dataclass(frozen=True)
class Similarity:
    """z to `factor` * z + `shift`, points of the canvas being complex numbers x + iy.

    Attributes:
        factor: its length is the scale, its angle the turn, clockwise as seen.
        shift: of the canvas's origin, px.
    """

    factor: complex
    shift: complex

    @property
    def degrees(self) -> float:
        """How far it turns, clockwise as seen, -180 to 180."""
        return float(np.degrees(np.angle(self.factor)))

    def places(self, places: Plane) -> Plane:
        """Moved points."""
        return np.asarray(self.factor * places + self.shift)

    def strokes(self, strokes: Strokes) -> Strokes:
        """Moved strokes; they may leave the canvas."""
        moved = self.places(as_plane(strokes.points.astype(np.float64)))
        points = np.stack([moved.real, moved.imag], axis=1).astype(np.float32)
        return replace(strokes, points=points)

    def after(self, first: "Similarity") -> "Similarity":
        """This one after another."""
        return Similarity(self.factor * first.factor, self.factor * first.shift + self.shift)


STAY = Similarity(1 + 0j, 0j)
"""Moves nothing."""


def as_plane(places: Floats) -> Plane:
    """(N, 2) as N complex numbers."""
    return np.asarray(places[:, 0] + 1j * places[:, 1])


def about(middle: complex, factor: complex, target: complex) -> Similarity:
    """Turns and scales by `factor` about a middle, which goes to `target`."""
    return Similarity(factor, target - factor * middle)


def best_similarity(
    source: Plane, target: Plane, weights: Floats, turning: bool = True
) -> Similarity:
    """The one that brings points nearest to others: weighted least squares.

    Args:
        source: (N,) of at least two distinct points.
        target: (N,) where they should lie.
        weights: (N,) above 0.
        turning: else the best of those that only scale and shift; its scale may be negative.
    """
    shares = weights / weights.sum()
    middle, goal = complex((shares * source).sum()), complex((shares * target).sum())
    spread = (shares * np.abs(source - middle) ** 2).sum()
    factor = (shares * (target - goal) * (source - middle).conj()).sum() / spread
    return about(middle, complex(factor if turning else factor.real), goal)
