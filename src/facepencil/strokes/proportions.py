"""Where the parts of faces lie and how large they are, and what of that is usual."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from facepencil.strokes.polylines import part_curves
from facepencil.strokes.strokes import Facial, Strokes

Vector = NDArray[np.float64]
FEATURES = tuple(Facial)[Facial.LEFT_BROW : Facial.OUTLINE]
"""Parts that every face has once: brows, eyes, nose and mouth."""
HEAD = (Facial.REST, Facial.OUTLINE)
_SIZE = 3 * len(FEATURES) + 3

_MIDDLE, _CORNERS = 0.15, 0.4
"""Up to which and from which distance from the middle of a mouth points count, in widths."""

_PLACES_DOUBT, _SIZES_DOUBT = 0.5, 1.0
"""Error with which people draw places and sizes, in standard deviations of those of faces."""
_FARTHEST = 3.0
"""Standard deviations beyond which a place or a size says no more."""


def proportions(strokes: Strokes) -> Vector:
    """Places and sizes of the parts, canvas px.

    Returns:
        (21,): x and y of the middle and width of each of `FEATURES`, of the nose the lower end in
        place of the middle, then left, right and lower end of the outline. NaN for what is absent.
    """
    found = [_of_feature(strokes, part) for part in FEATURES]
    outline = extent(part_curves(strokes, [Facial.OUTLINE]))
    return np.concatenate([*found, outline[[0, 2, 3]]])


def extent(points: NDArray[np.float64]) -> Vector:
    """Least x and y, then largest, of points (..., 2); NaN where there are none."""
    flat = points.reshape(-1, 2)
    return np.concatenate([flat.min(0), flat.max(0)]) if len(flat) else np.full(4, np.nan)


def _of_feature(strokes: Strokes, part: Facial) -> Vector:
    left, top, right, bottom = extent(part_curves(strokes, [part]))
    height = bottom if part == Facial.NOSE else (top + bottom) / 2
    return np.array([(left + right) / 2, height, right - left])


def lift(mouth: NDArray[np.float64]) -> float:
    """How far the corners of a mouth lie above its middle, in widths: of a smile above 0.

    Args:
        mouth: (..., 2) points along its lines; NaN is returned where middle or corners have none.
    """
    x, y = mouth.reshape(-1, 2).T
    if not len(x) or np.ptp(x) == 0:
        return np.nan
    off = np.abs(x - (x.min() + x.max()) / 2) / np.ptp(x)
    middle, corners = y[off < _MIDDLE], y[off > _CORNERS]
    return float(middle.mean() - corners.mean()) / float(np.ptp(x)) if len(middle) else np.nan


class UsualProportions:
    """A normal distribution over the proportions of faces.

    Attributes:
        mean: (21,), as of `proportions`.
        deviation: (21,) standard deviations.
    """

    def __init__(self, known: Sequence[Vector] | Vector) -> None:
        """Fit it to the proportions of at least two whole faces."""
        found = np.asarray(known)
        self.mean = found.mean(0)
        self._spread = np.cov(found.T) + 1e-3 * np.eye(_SIZE)
        self.deviation = np.sqrt(np.diag(self._spread))
        doubt = np.where(np.arange(_SIZE) % 3 == 2, _SIZES_DOUBT, _PLACES_DOUBT)
        doubt[-1] = _PLACES_DOUBT
        self._drawn_spread = self._spread + np.diag((doubt * self.deviation) ** 2)

    def plausible(self, drawn: Vector) -> Vector:
        """The likeliest proportions (21,) of a face of which `drawn` was drawn, NaN where not.

        What was drawn is taken for those of a face with an error of its own: the posterior mean.
        """
        seen = ~np.isnan(drawn)
        off = ((drawn - self.mean) / self.deviation)[seen].clip(-_FARTHEST, _FARTHEST)
        pull = np.linalg.solve(self._drawn_spread[np.ix_(seen, seen)], off * self.deviation[seen])
        return np.asarray(self.mean + self._spread[:, seen] @ pull)

    def strangeness(self, face: Vector) -> float:
        """Squared Mahalanobis distance of a whole face from the mean."""
        off = face - self.mean
        return float(off @ np.linalg.solve(self._spread, off))
