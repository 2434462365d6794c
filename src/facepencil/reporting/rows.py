"""Rows of the tables: scores with intervals and letters, and differences to the first variant."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from facepencil.evaluation.record import Evaluation, Score
from facepencil.reporting.contrast import Contrast, alone, contrast, pairs
from facepencil.reporting.letters import holm, letters
from facepencil.reporting.results import Variants

_DECIMALS = 6


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
        letters: of the scores of a metric at a level, those that share one cannot be told apart.
    """

    variant: str
    level_px: float
    metric: str
    value: float
    low: float
    high: float
    n: int
    seeds: int
    letters: str = ""


def score_rows(variants: Variants) -> list[Row]:
    """One row for every metric, variant and level, nested in this order.

    For each metric and level all pairs of variants are compared.
    """
    first = _first(variants)
    marks = {
        (metric, level): dict(zip(variants, row_letters(variants, metric, level), strict=True))
        for metric in first.metrics
        for level in first.levels
    }
    return [
        _score_row(name, seeds, metric, level, marks[metric, level][name])
        for metric in first.metrics
        for name, seeds in variants.items()
        for level in first.levels
    ]


def paired_rows(variants: Variants) -> list[Row]:
    """Every other variant minus the first, for every metric, variant and level.

    Paired by photo and by seed: differences vary far less than scores do, so these intervals are
    narrower.
    """
    (subject, firsts), *others = variants.items()
    return [
        _difference_row(f"{name} - {subject}", seeds, firsts, metric, level)
        for metric in firsts[0].metrics
        for name, seeds in others
        for level in firsts[0].levels
    ]


def reference_rows(references: Sequence[Evaluation]) -> list[Row]:
    """Scores of those who are no models, as evaluated: no seeds, no letters, not compared."""
    return [
        replace(_score_row(one.variant, [one], metric, level, ""), seeds=0)
        for one in references
        for level, scores in one.levels.items()
        for metric in scores
    ]


def row_letters(variants: Variants, metric: str, level: str) -> list[str]:
    """Letters of the variants: two share one unless Holm's procedure tells them apart."""
    first = _first(variants)
    found = pairs([_scores(seeds, metric, level) for seeds in variants.values()], first.n)
    p_values = [float(p) for one in found for p in np.atleast_1d(one.p_value())]
    places = [(i, j) for j in range(1, len(variants)) for i in range(j)]
    level_of_error = 1 - first.conditions.evaluate.confidence
    there = holm(p_values, level_of_error)
    apart = {place for place, is_there in zip(places, there, strict=True) if is_there}
    return letters(len(variants), apart)


def smallest_visible(variants: Variants, level: str) -> dict[str, float]:
    """By metric, the smallest difference to the first variant that the data would have shown.

    The median over the other variants of `Contrast.smallest_visible`; empty if there are none.
    """
    firsts, *others = variants.values()
    return {
        metric: float(
            np.median(
                [
                    _contrast(seeds, firsts, metric, level).smallest_visible(_confidence(firsts))
                    for seeds in others
                ]
            )
        )
        for metric in firsts[0].metrics
        if others
    }


def headline(rows: Sequence[Row], level: float) -> dict[str, dict[str, float]]:
    """Scores at one level by variant and metric: few numbers, to compare whole runs by."""
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        if row.level_px == level:
            found.setdefault(row.variant, {})[row.metric] = row.value
    return found


def _score_row(name: str, seeds: Sequence[Evaluation], metric: str, level: str, marks: str) -> Row:
    scores = _scores(seeds, metric, level)
    if len(scores) == 1:  # its own interval, by the bootstrap
        bounds = (scores[0].value, scores[0].low, scores[0].high)
    else:
        bounds = _bounds(alone(scores, seeds[0].n), _confidence(seeds))
    return _row(name, level, metric, bounds, seeds, marks)


def _difference_row(
    name: str, seeds: Sequence[Evaluation], firsts: Sequence[Evaluation], metric: str, level: str
) -> Row:
    found = _contrast(seeds, firsts, metric, level)
    return _row(name, level, metric, _bounds(found, _confidence(firsts)), seeds)


def _contrast(
    seeds: Sequence[Evaluation], firsts: Sequence[Evaluation], metric: str, level: str
) -> Contrast:
    others, mine = _scores(seeds, metric, level), _scores(firsts, metric, level)
    return contrast(others, mine, firsts[0].n)


def _bounds(found: Contrast, confidence: float) -> tuple[float, float, float]:
    value, width = float(found.value.item()), float(found.half_width(confidence).item())
    return value, value - width, value + width


def _row(
    name: str,
    level: str,
    metric: str,
    bounds: tuple[float, float, float],
    seeds: Sequence[Evaluation],
    marks: str = "",
) -> Row:
    value, low, high = (round(bound, _DECIMALS) for bound in bounds)
    return Row(name, float(level), metric, value, low, high, seeds[0].n, len(seeds), marks)


def _scores(seeds: Sequence[Evaluation], metric: str, level: str) -> list[Score]:
    return [one.levels[level][metric] for one in seeds]


def _confidence(seeds: Sequence[Evaluation]) -> float:
    return seeds[0].conditions.evaluate.confidence


def _first(variants: Variants) -> Evaluation:
    return next(iter(variants.values()))[0]
