"""What may be said of the difference of two models: over other photos, and over other seeds.

A difference d[s, p] of seed s and photo p is a mean, an effect of the seed, one of the photo, and a
rest. The error of its mean is the spread of the seeds' own means, which holds seeds and rest, plus
what photos add, from mean squares (Searle, Casella, McCulloch, Variance Components, 1992, chapter
4). The interval takes the mean of both Student's quantiles, weighted by these shares of variance
(Cochran and Cox, Experimental Designs, 1957, section 4.14).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from facepencil.evaluation.record import Score

Numbers = NDArray[np.float64]
POWER = 0.8
"""Chance with which the smallest visible difference would have been found."""
_HALVINGS = 60


@dataclass(frozen=True)
class Contrast:
    """Differences of two models, each a mean over seeds and photos; arrays of any one shape.

    Attributes:
        value: the mean.
        by_seed: its variance from seed to seed; 0 where there is one seed, and nothing is known.
        by_photo: what photos add to its variance.
        seeds: number of seeds.
        photos: number of photos.
    """

    value: Numbers
    by_seed: Numbers
    by_photo: Numbers
    seeds: int
    photos: int

    @property
    def error(self) -> Numbers:
        """Standard error."""
        return np.sqrt(self.by_seed + self.by_photo)

    def half_width(self, confidence: float) -> Numbers:
        """Of the interval around the value."""
        return self._quantile((1 + confidence) / 2) * self.error

    def smallest_visible(self, confidence: float) -> Numbers:
        """The true difference that such data would have told from none in 80 % of cases."""
        return (self._quantile((1 + confidence) / 2) + self._quantile(POWER)) * self.error

    def p_value(self) -> Numbers:
        """Chance of a difference at least as large if there were none, two-sided."""
        low, high = np.zeros_like(self.error), np.ones_like(self.error)
        for _ in range(_HALVINGS):  # 1 - confidence at which the interval ends at 0
            middle = (low + high) / 2
            outside = self._quantile(1 - middle / 2) * self.error < np.abs(self.value)
            low, high = np.where(outside, low, middle), np.where(outside, middle, high)
        return high

    def _quantile(self, chance: Numbers | float) -> Numbers:
        of_photos = student.ppf(chance, self.photos - 1)
        if self.seeds == 1:
            return np.broadcast_to(of_photos, self.error.shape)
        total = np.asarray(self.by_seed + self.by_photo)
        share = np.divide(self.by_seed, total, out=np.ones_like(total), where=total > 0)
        quantiles: Numbers = share * student.ppf(chance, self.seeds - 1) + (1 - share) * of_photos
        return quantiles


def contrast(others: Sequence[Score], firsts: Sequence[Score], photos: int) -> Contrast:
    """The difference of two models, paired by seed, and by photo or by draw of photos.

    Args:
        others: scores of one model, a seed each.
        firsts: of the model to compare with, of the same seeds.
        photos: number of them.

    Raises:
        ValueError: the scores have neither photos nor draws to be paired by.
    """
    (found,) = pairs([firsts, others], photos)
    return found


def pairs(models: Sequence[Sequence[Score]], photos: int) -> list[Contrast]:
    """Differences of each model from all before it, the second model first.

    Arguments and errors as of `contrast`; linear in the number of pairs.
    """
    each = [_numbers(scores, photos) for scores in models]
    values, numbers = (np.stack(part) for part in zip(*each, strict=True))
    by_photo = models[0][0].photos is not None
    return [
        photo_contrast(numbers[place] - numbers[:place])
        if by_photo
        else set_contrast(values[place] - values[:place], numbers[place] - numbers[:place], photos)
        for place in range(1, len(models))
    ]


def alone(scores: Sequence[Score], photos: int) -> Contrast:
    """A model's own score, as a difference from nothing."""
    values, numbers = _numbers(scores, photos)
    if scores[0].photos is not None:
        return photo_contrast(numbers)
    return set_contrast(values, numbers, photos)


def _numbers(scores: Sequence[Score], photos: int) -> tuple[Numbers, Numbers]:
    """Scores (S,), and what they are paired by: numbers of photos (S, P), or of draws (S, B)."""
    kind = "photos" if scores[0].photos is not None else "draws"
    numbers = [getattr(score, kind) for score in scores]
    if None in numbers:
        raise ValueError("expected scores with numbers of photos, or of draws of photos")
    values = np.array([score.value for score in scores], np.float64)
    return values, np.array(numbers, np.float64)


def photo_contrast(apart: Numbers) -> Contrast:
    """Of differences (..., S, P) of S seeds and P photos."""
    seeds, photos = apart.shape[-2:]
    centre = apart.mean((-2, -1))
    means, columns = apart.mean(-1), apart.mean(-2)
    left = apart - means[..., None] - columns[..., None, :] + centre[..., None, None]
    rest = (left**2).sum((-2, -1)) / max(1, (seeds - 1) * (photos - 1)) / (seeds * photos)
    by_photo = columns.var(-1, ddof=1) / photos
    return _of(centre, means, by_photo, rest, seeds, photos)


def set_contrast(values: Numbers, draws: Numbers, photos: int) -> Contrast:
    """Of differences `values` (..., S) of whole sets, and their draws (..., S, B) of other photos.

    What draws of single seeds vary more than their mean over seeds is the rest.
    """
    seeds = values.shape[-1]
    by_photo = draws.mean(-2).var(-1, ddof=1)
    rest = (draws.var(-1, ddof=1).mean(-1) - by_photo) / max(1, seeds - 1)
    return _of(values.mean(-1), values, by_photo, rest, seeds, photos)


def _of(
    centre: Numbers, means: Numbers, by_photo: Numbers, rest: Numbers, seeds: int, photos: int
) -> Contrast:
    if seeds == 1:
        return Contrast(centre, np.zeros_like(by_photo), by_photo, seeds, photos)
    by_seed = means.var(-1, ddof=1) / seeds
    return Contrast(centre, by_seed, np.maximum(by_photo - rest, 0), seeds, photos)
