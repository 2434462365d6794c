"""Rows of the tables: scores with intervals and letters, and differences to the first variant."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from facepencil.evaluation.record import Evaluation
from facepencil.reporting.contrast import Contrast, Scores
from facepencil.reporting.letters import holm, letters, share_a_letter
from facepencil.reporting.results import Variants

_DECIMALS = 6


@dataclass(frozen=True)
class Row:
    """A score, or a difference of scores: one row of the long tables.

    Attributes:
        variant: name, or two names for a difference.
        level: d of the test sketches, px on the 512 px canvas, or how else they were changed.
        metric: its name.
        value: mean over the seeds.
        low: lower end of the interval.
        high: upper end of the interval.
        n: test photos.
        seeds: number of trainings that were averaged.
        letters: of the scores of a metric at a level, those that share one cannot be told apart.
    """

    variant: str
    level: str
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
    """Letters of the variants: two share one unless Holm's procedure tells them apart.

    Seeds are taken to vary alike in all rows: with few of them, a pair alone says too little.
    """
    first = _first(variants)
    scores = _gather(variants.values(), metric, level)
    sign = 1 if first.metrics[metric].better == "low" else -1
    ranked = np.argsort(sign * scores.values.mean(-1), kind="stable").tolist()
    apart = np.zeros((len(variants), len(variants)), bool)
    if len(variants) > 1:
        p_values = scores.pairs().contrast().pooled().p_values()
        there = holm(p_values, 1 - first.conditions.evaluate.confidence)
        apart[np.triu_indices(len(variants), 1)] = there
    return letters(ranked, apart | apart.T)


def smallest_visible(variants: Variants, level: str) -> dict[str, float]:
    """By metric, the smallest difference to the first variant that the data would have shown.

    The median over the other variants of `Contrast.visible`; empty if there are none.
    """
    first = _first(variants)
    confidence = first.conditions.evaluate.confidence
    return {
        metric: float(np.median((scores[1:] - scores[:1]).contrast().visible(confidence)))
        for metric in first.metrics
        if len(variants) > 1
        for scores in [_gather(variants.values(), metric, level)]
    }


def best_rows(rows: Sequence[Row], better: Mapping[str, str]) -> set[Row]:
    """The best model of each metric at each level, where it shares a letter with no other.

    `better` is `low` or `high`, by metric.
    """
    places: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.seeds:  # a model
            places.setdefault((row.metric, row.level), []).append(row)
    found = set()
    for (metric, _), models in places.items():
        sign = 1 if better[metric] == "low" else -1
        first, *others = sorted(models, key=lambda row: sign * row.value)
        if others and not any(share_a_letter(first.letters, row.letters) for row in others):
            found.add(first)
    return found


def headline(rows: Sequence[Row], level: str) -> dict[str, dict[str, float]]:
    """Scores at one level by variant and metric: few numbers, to compare whole runs by."""
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        if row.level == level:
            found.setdefault(row.variant, {})[row.metric] = row.value
    return found


def _score_row(name: str, seeds: Sequence[Evaluation], metric: str, level: str, marks: str) -> Row:
    scores = [one.levels[level][metric] for one in seeds]
    if len(scores) == 1:  # its own interval, by the bootstrap
        bounds = (scores[0].value, scores[0].low, scores[0].high)
    else:
        bounds = _bounds(_gather([seeds], metric, level).contrast(), seeds[0])
    return _row(name, level, metric, bounds, seeds, marks)


def _difference_row(
    name: str, seeds: Sequence[Evaluation], firsts: Sequence[Evaluation], metric: str, level: str
) -> Row:
    scores = _gather([firsts, seeds], metric, level)
    bounds = _bounds((scores[1:] - scores[:1]).contrast(), firsts[0])
    return _row(name, level, metric, bounds, seeds)


def _gather(rows: Iterable[Sequence[Evaluation]], metric: str, level: str) -> Scores:
    """Scores of rows, with the numbers of their photos, or of the draws of photos."""
    every = [list(seeds) for seeds in rows]
    found = [[one.levels[level][metric] for one in seeds] for seeds in every]
    drawn = found[0][0].photos is None
    each = [[score.draws if drawn else score.photos for score in seeds] for seeds in found]
    values = np.array([[score.value for score in seeds] for seeds in found])
    photos = every[0][0].n if drawn else len(each[0][0] or [])
    return Scores(values, np.array(each, np.float64), photos, drawn)


def _bounds(found: Contrast, how: Evaluation) -> tuple[float, float, float]:
    tail = (1 - how.conditions.evaluate.confidence) / 2
    value, width = float(found.value.item()), float(found.half_width(tail).item())
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
    return Row(name, level, metric, value, low, high, seeds[0].n, len(seeds), marks)


def _first(variants: Variants) -> Evaluation:
    return next(iter(variants.values()))[0]
