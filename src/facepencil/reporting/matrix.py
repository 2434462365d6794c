"""Trained on against tested on: how models do on sketches changed as people draw."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from facepencil.evaluation.bootstrap import Resampled
from facepencil.evaluation.record import LPIPS, Evaluation, Score
from facepencil.reporting.curves import png
from facepencil.reporting.results import Variants
from facepencil.reporting.rows import Row
from facepencil.reporting.subsets import mean_score, only
from facepencil.reporting.tables import ARROWS, decimals, level_title

MATRIX_METRICS = (LPIPS, "face-presence", "KID-EffLite0", "identity")
"""Metrics of the matrix."""


def on_changes(variants: Variants) -> Variants:
    """The same models, scored on changed sketches alone; empty if none were."""
    return _each(variants, lambda one: dict(one.changed.levels))


def on_kinds(variants: Variants) -> Variants:
    """The same, the mean over the strengths of each kind."""
    return _each(variants, _by_kind)


def _each(
    variants: Variants, levels: Callable[[Evaluation], dict[str, dict[str, Score]]]
) -> Variants:
    return {
        name: [only(one, levels(one), one.changed.ids) for one in seeds]
        for name, seeds in variants.items()
        if seeds[0].changed.levels
    }


def _by_kind(one: Evaluation) -> dict[str, dict[str, Score]]:
    kinds: dict[str, list[Mapping[str, Score]]] = {}
    for change, scores in one.changed.levels.items():
        kinds.setdefault(change.partition("-")[0], []).append(scores)
    return {
        kind: {metric: _mean([each[metric] for each in steps], one) for metric in steps[0]}
        for kind, steps in kinds.items()
    }


def _mean(steps: Sequence[Score], one: Evaluation) -> Score:
    """Mean score over strengths; photos and resamples are the same at each."""
    how = one.conditions.evaluate
    if steps[0].photos is None:
        draws = np.mean([step.draws or [] for step in steps], axis=0)
        value = float(np.mean([step.value for step in steps]))
        found = Resampled(value, draws).interval(how.confidence)
        return Score(value=found.value, low=found.low, high=found.high, draws=draws.tolist())
    return mean_score(np.mean([step.photos or [] for step in steps], axis=0), how)


def heat_map(rows: Sequence[Row], better: Mapping[str, str], note: str) -> bytes:
    """PNG of a panel a metric: a line a model, a column a way in which sketches were changed.

    Args:
        rows: scores of models by metric and level; darker is better within a column.
        better: `low` or `high`, by metric.
        note: N, seeds and intervals, printed below.
    """
    metrics = [metric for metric in MATRIX_METRICS if any(row.metric == metric for row in rows)]
    names = list(dict.fromkeys(row.variant for row in rows))
    levels = list(dict.fromkeys(row.level for row in rows))
    with style.context("default"):
        size = (0.75 * len(levels) + 2.4, len(metrics) * (0.3 * len(names) + 0.9) + 0.5)
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(len(metrics), 1, squeeze=False)[:, 0]
        for panel, metric in zip(panels, metrics, strict=True):
            scores = {(row.variant, row.level): row.value for row in rows if row.metric == metric}
            grid = np.array([[scores[name, level] for level in levels] for name in names])
            _panel(panel, grid, better[metric])
            panel.set_title(f"{metric} {ARROWS[better[metric]]}", fontsize=10)
            panel.set_yticks(range(len(names)), names, fontsize=8)
            panel.set_xticks(range(len(levels)), [level_title(one) for one in levels], fontsize=8)
        figure.supxlabel(f"tested on; darker is better within a column\n{note}", fontsize=8)
        return png(figure)


def _panel(panel: Axes, grid: NDArray[np.float64], better: str) -> None:
    spread = np.ptp(grid, axis=0)
    share = np.divide(grid - grid.min(0), spread, out=np.full_like(grid, 0.5), where=spread > 0)
    good = 1 - share if better == "low" else share
    panel.imshow(0.75 * good, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    places = decimals(float(np.median(np.abs(grid))), 3)
    for (line, column), value in np.ndenumerate(grid):
        dark = good[line, column] > 0.7
        panel.text(
            column,
            line,
            f"{value:.{places}f}",
            ha="center",
            va="center",
            fontsize=8,
            color="white" if dark else "black",
        )
    panel.tick_params(length=0)
    panel.spines[:].set_visible(False)
