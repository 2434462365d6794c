"""How sure a score or a difference is: its interval over other photos and other seeds at once."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

Numbers = NDArray[np.float64]

POWER = 0.8
"""Chance with which a table finds the smallest difference that it is said to see."""

_HALVINGS = 40
_SMALLEST = -12.0
"""Decimal logarithm of the smallest tail that is told from none."""


@dataclass(frozen=True)
class Mixture:
    """A quantile between Student's of two parts of a variance, a power mean of both.

    Attributes:
        power: of the mean.
        steepness: power of the second part's share that is its weight.
    """

    power: float
    steepness: float

    def quantile(self, one: Numbers, other: Numbers, share: Numbers) -> Numbers:
        """Between `one` and `other`, the nearer to it the larger the share of the second part."""
        weight = share**self.steepness
        mean: Numbers = (1 - weight) * one**self.power + weight * other**self.power
        return mean ** (1 / self.power)


EVEN = Mixture(4, 3.2)
"""Covers 93-97 % at 95 %, for two seeds too: powers chosen for that, a test simulates it.

Satterthwaite's degrees of freedom cover 87 % for two seeds where photos add a tenth of the variance
of seeds, the weighted mean of Cochran and Cox (Experimental Designs, 1950) up to 98 %.
"""

SAFE = Mixture(2, 1)
"""Half-widths added in quadrature (Howe, JASA 69, 1974): never covers less than it says.

For the small tails of many comparisons, where `EVEN` may cover too little.
"""


@dataclass(frozen=True)
class Contrast:
    """Means over photos and seeds, each with what the choice of photos and of seeds adds to it.

    Attributes:
        value: (...) the means.
        by_photos: (...) the part of the mean's variance that is due to the photos alone.
        by_seeds: (...) the part due to the seeds, and to what no effect explains; 0 for one seed.
        photos: number of photos.
        freedom: degrees of freedom that the part due to the seeds was estimated with.
    """

    value: Numbers
    by_photos: Numbers
    by_seeds: Numbers
    photos: int
    freedom: int

    def pooled(self) -> Self:
        """The same where seeds vary alike in all rows, of which these are all pairs.

        The mean over the pairs of the variance of a difference is twice the mean square of rows by
        seeds, which has (V - 1)(S - 1) degrees of freedom: far more than the S - 1 of a pair.
        """
        rows = round((1 + (1 + 8 * len(self.value)) ** 0.5) / 2)
        alike = np.full_like(self.by_seeds, self.by_seeds.mean())
        return replace(self, by_seeds=alike, freedom=(rows - 1) * self.freedom)

    def half_width(self, tail: Numbers | float, mixture: Mixture = EVEN) -> Numbers:
        """Half of the interval that leaves `tail` on either side.

        The variance is a sum of two parts with degrees of freedom of their own, and so the quantile
        lies between Student's for either.
        """
        variance = self.by_photos + self.by_seeds
        photos = student.isf(tail, max(self.photos - 1, 1))
        seeds = student.isf(tail, max(self.freedom, 1))
        share = np.divide(self.by_seeds, variance, out=np.zeros_like(variance), where=variance > 0)
        width: Numbers = np.sqrt(variance) * mixture.quantile(photos, seeds, share)
        return width

    def p_values(self) -> Numbers:
        """Two-sided: one less the confidence of the `SAFE` interval that ends at 0."""
        low, high = np.full_like(self.value, _SMALLEST), np.full_like(self.value, np.log10(0.5))
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            reaches = self.half_width(10**middle, SAFE) >= np.abs(self.value)
            low, high = np.where(reaches, middle, low), np.where(reaches, high, middle)
        p: Numbers = 2 * 10**high
        return p

    def visible(self, confidence: float) -> Numbers:
        """The true difference whose interval would leave out 0 in `POWER` of such tables."""
        width: Numbers = self.half_width((1 - confidence) / 2) + self.half_width(1 - POWER)
        return width


@dataclass(frozen=True)
class Scores:
    """Scores of trainings, and what they are made of.

    Attributes:
        values: (..., S) the score of each seed.
        each: (..., S, K) of each of K photos, or in each of K bootstrap resamples of photos.
        photos: number of photos.
        drawn: whether `each` has resamples.
    """

    values: Numbers
    each: Numbers
    photos: int
    drawn: bool

    def __sub__(self, other: Self) -> "Scores":
        """Differences, paired by seed, and by photo or resample."""
        values, each = self.values - other.values, self.each - other.each
        return Scores(values, each, self.photos, self.drawn)

    def pairs(self) -> "Scores":
        """Differences of all pairs of rows (V(V - 1) / 2, S), the later one less the earlier."""
        one, other = np.triu_indices(len(self.values), 1)
        return self[other] - self[one]

    def __getitem__(self, key: int | slice | NDArray[np.int64]) -> "Scores":
        """The scores of some rows."""
        return Scores(self.values[key], self.each[key], self.photos, self.drawn)

    def contrast(self) -> Contrast:
        """Means over the seeds, with the two parts of their variance.

        Photos and seeds are crossed random effects, y = mean + photo + seed + rest, and
        Var(mean) = (MS_photo + MS_seed - MS_rest) / PS by analysis of variance (Searle, Casella
        and McCulloch, Variance Components, 1992, section 4.3), MS_photo not below MS_rest. For
        scores of whole sets, the variance over resamples of photos stands for MS_photo / PS, and
        that of what seeds and resamples leave unexplained for MS_rest / PS: for a mean, both
        say the same. With one seed there is the variance over the photos alone.
        """
        seeds, size = self.each.shape[-2:]
        # A variance over resamples is that of a mean already.
        scale = 1 if self.drawn else 1 / self.photos
        photos = self.each.mean(axis=-2).var(axis=-1, ddof=min(1, size - 1)) * scale
        value = self.values.mean(axis=-1)
        if seeds == 1:
            return Contrast(value, photos, np.zeros_like(photos), self.photos, 0)
        rest = _unexplained(self.each) * scale / seeds
        ours = np.maximum(photos - rest, 0)
        theirs = self.values.var(axis=-1, ddof=1) / seeds
        return Contrast(value, ours, theirs, self.photos, seeds - 1)


def _unexplained(each: Numbers) -> Numbers:
    """Mean square (...) of a table (..., S, K) less its means of rows and columns."""
    seeds, size = each.shape[-2:]
    rest = each - each.mean(axis=-2, keepdims=True)
    rest -= rest.mean(axis=-1, keepdims=True)
    square: Numbers = np.square(rest).sum(axis=(-2, -1)) / max((seeds - 1) * (size - 1), 1)
    return square
