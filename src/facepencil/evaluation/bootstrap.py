"""Bootstrap over photos: how much a score would change with other test photos."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A score and the bounds of its interval, in the score's unit."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Resampled:
    """A score of all photos, and of each resample of them.

    Attributes:
        value: on all photos.
        draws: (times,) on the resamples, in their order.
    """

    value: float
    draws: Values

    def interval(self, confidence: float) -> Estimate:
        """The score with its `percentile_interval`."""
        return percentile_interval(self.value, self.draws, confidence)


def resample(photos: int, times: int, rng: np.random.Generator) -> Counts:
    """How often each photo is drawn in each resample: (times, photos), rows sum to `photos`."""
    return rng.multinomial(photos, np.full(photos, 1 / photos), times)


def percentile_interval(value: float, resampled: Values, confidence: float) -> Estimate:
    """Percentile interval of a score's resamples, shifted so that their mean is the score.

    A resample repeats photos, which raises a Frechet distance (fewer distinct photos, more bias):
    without the shift, the interval would lie above the score itself. Means are unbiased, so for
    them the shift is only sampling noise.

    Args:
        value: the score on all photos.
        resampled: (times,) its resamples.
        confidence: of the interval, such as 0.95.
    """
    tail = (1 - confidence) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail]) - resampled.mean() + value
    return Estimate(float(value), float(low), float(high))


def mean(values: Values, counts: Counts, confidence: float) -> Estimate:
    """Mean of one number per photo (photos,), with its interval."""
    return percentile_interval(float(values.mean()), counts @ values / len(values), confidence)
