"""Evaluations to rows of a table: combines seeds and compares variants photo by photo."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from scipy.stats import t as student

from facepencil.evaluation.bootstrap import Estimate, mean, resample
from facepencil.evaluation.record import LPIPS, Evaluation
from facepencil.seeds import rng_of

Variants = Mapping[str, Sequence[Evaluation]]
"""Evaluations of every seed, by variant."""

_DECIMALS = 6
_LONG = ("photos", "meaning of metrics")


@dataclass(frozen=True)
class Row:
    """A score, or a difference of scores: one row of the long tables.

    Attributes:
        variant: name, or two names for a difference.
        level_px: d of the test sketches, px on the 512 px canvas.
        metric: its name.
        value: mean over the seeds.
        low: lower end of the interval.
        high: upper end of the interval.
        n: test photos.
        seeds: number of trainings that were averaged.
    """

    variant: str
    level_px: float
    metric: str
    value: float
    low: float
    high: float
    n: int
    seeds: int


def group_seeds(evaluations: Mapping[str, Evaluation]) -> dict[str, list[Evaluation]]:
    """Evaluations by variant, in the given order.

    Args:
        evaluations: by the name of their file.

    Raises:
        ValueError: test photos, levels, metrics, size or params differ, or the sketches of two that
            were drawn in the same way, so that they cannot be compared; names the files and what
            differs.
    """
    first = next(iter(evaluations))
    alike: dict[str, str] = {}
    for name, one in evaluations.items():
        other = alike.setdefault(one.conditions.drawing, name)
        apart = _differences(_measured(evaluations[first]), _measured(one))
        if one.conditions.sketches_digest != evaluations[other].conditions.sketches_digest:
            first, apart = other, [*apart, "test sketches"]
        if apart:
            raise ValueError(
                f"{first} and {name} cannot be compared, they differ in {'; '.join(apart)}: "
                "evaluate both again"
            )
    groups = groupby(evaluations.values(), lambda one: one.variant)
    return {name: list(group) for name, group in groups}


def _measured(one: Evaluation) -> dict[str, object]:
    """What must be equal where scores are compared, by name."""
    conditions = one.conditions.model_dump(include={"photos_digest", "size_px", "evaluate"})
    evaluate = {f"evaluate.{key}": value for key, value in conditions.pop("evaluate").items()}
    measured = {"photos": one.ids, "levels": list(one.levels), "metrics": list(one.metrics)}
    return {**measured, "meaning of metrics": one.metrics, **conditions, **evaluate}


def _differences(one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    return [
        name if name in _LONG else f"{name} ({value} and {other[name]})"
        for name, value in one.items()
        if value != other[name]
    ]


def score_rows(variants: Variants) -> list[Row]:
    """One row for every metric, variant and level, nested in this order."""
    first = next(iter(variants.values()))[0]
    rows = []
    for metric in first.metrics:
        for name, seeds in variants.items():
            for level in first.levels:
                found = [one.levels[level][metric] for one in seeds]
                estimates = [Estimate(score.value, score.low, score.high) for score in found]
                rows.append(_row(name, level, metric, estimates, first))
    return rows


def headline(rows: Sequence[Row], level: float) -> dict[str, dict[str, float]]:
    """Scores at one level by variant and metric: few numbers, to compare whole runs by."""
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        if row.level_px == level:
            found.setdefault(row.variant, {})[row.metric] = row.value
    return found


def paired_rows(variants: Variants, subject: str) -> list[Row]:
    """LPIPS of each other variant minus that of `subject`, photo by photo.

    Above 0, `subject` is the better one. Differences vary far less between photos than scores do,
    so these intervals are narrower.
    """
    rows = []
    for other in [name for name in variants if name != subject]:
        pairs = list(zip(variants[other], variants[subject], strict=True))
        for level in pairs[0][0].levels:
            estimates = [_difference(theirs, ours, level) for theirs, ours in pairs]
            rows.append(_row(f"{other} - {subject}", level, LPIPS, estimates, pairs[0][0]))
    return rows


def _difference(theirs: Evaluation, ours: Evaluation, level: str) -> Estimate:
    one, other = (np.array(found.levels[level][LPIPS].photos, float) for found in (theirs, ours))
    how = ours.conditions.evaluate
    counts = resample(len(one), how.bootstrap, rng_of("report", "bootstrap"))
    return mean(one - other, counts, how.confidence)


def _row(
    name: str, level: str, metric: str, estimates: Sequence[Estimate], first: Evaluation
) -> Row:
    found = combine(estimates, first.conditions.evaluate.confidence)
    value, low, high = (round(bound, _DECIMALS) for bound in (found.value, found.low, found.high))
    return Row(name, float(level), metric, value, low, high, first.n, len(estimates))


def combine(estimates: Sequence[Estimate], confidence: float) -> Estimate:
    """Mean over seeds, with an interval that covers the choice of photos and of seeds.

    The half-width due to the photos is the mean over seeds, since all are tested on the same ones.
    That due to the seeds, by Student's t, is added in quadrature where there are two or more.
    """
    value, low, high = (
        np.array([getattr(one, bound) for one in estimates]) for bound in ("value", "low", "high")
    )
    seeds, centre = len(value), float(value.mean())
    error = 0.0
    if seeds > 1:
        quantile = student.ppf((1 + confidence) / 2, seeds - 1)
        error = float(quantile * value.std(ddof=1) / seeds**0.5)
    below, above = (float(np.hypot(gap.mean(), error)) for gap in (value - low, high - value))
    return Estimate(centre, centre - below, centre + above)


def spread(variants: Variants) -> str:
    """N, seeds and how the intervals were computed, in words."""
    seeds = next(iter(variants.values()))
    how = seeds[0].conditions.evaluate
    names = ", ".join(str(one.seed) for one in seeds)
    over = " and Student's t over the seeds" if len(seeds) > 1 else ""
    return (
        f"N = {seeds[0].n} test photos, {seeds[0].conditions.size_px} px, training seed {names}, "
        f"{how.confidence:.0%} intervals of {how.bootstrap} bootstrap resamples of photos{over}"
    )


def note(variants: Variants) -> str:
    """The note below every table: `spread`, and what the metrics are."""
    first = next(iter(variants.values()))[0]
    metrics = "; ".join(
        f"{name} ({one.better} is better): {one.meaning}" for name, one in first.metrics.items()
    )
    drawn = {name: one[0].conditions.drawing for name, one in variants.items()}
    ways = [
        f"{name} is tested on sketches of its own ({way})" for name, way in drawn.items() if way
    ]
    return f"{'. '.join([spread(variants), *ways])}. {metrics}."
