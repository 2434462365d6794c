"""Evaluations cut down to a part of their photos or levels, to be compared like whole ones."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from facepencil.config.evaluate import EvaluateParams
from facepencil.evaluation.bootstrap import Counts, Values, mean, resample
from facepencil.evaluation.record import Evaluation, Score
from facepencil.seeds import rng_of


def only(
    one: Evaluation, levels: Mapping[str, Mapping[str, Score]], ids: Sequence[str]
) -> Evaluation:
    """The same model with these scores alone, of the photos `ids`; each level has all of them."""
    measured = next(iter(levels.values()))
    metrics = {name: measure for name, measure in one.metrics.items() if name in measured}
    change = {"levels": levels, "metrics": metrics, "ids": list(ids), "n": len(ids)}
    return one.model_copy(update=change)


def mean_score(photos: Values, how: EvaluateParams) -> Score:
    """The mean of a metric over photos, with its bootstrap interval."""
    found = mean(photos, _draws(len(photos), how.bootstrap), how.confidence)
    return Score(value=found.value, low=found.low, high=found.high, photos=photos.tolist())


@lru_cache(maxsize=16)  # a table has few numbers of photos, each for many models and metrics
def _draws(photos: int, times: int) -> Counts:
    return resample(photos, times, rng_of("evaluate", "bootstrap"))
