"""Scores against what the trainings took: what a minute of the processor buys."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, ScalarFormatter

from facepencil.evaluation.record import LPIPS
from facepencil.reporting.curves import look_of, png
from facepencil.reporting.rows import Row

BY_MINUTES = (LPIPS, "FD-EffLite0", "KID-EffLite0", "spectrum")
"""Metrics that get a panel, where the table has them."""
REACHED = "#8A9BB5"
"""Colour of the line of best scores, which no row has."""


def scores_by_minutes(
    rows: Sequence[Row], minutes: Mapping[str, float], better: Mapping[str, str], note: str
) -> bytes:
    """PNG of a panel a metric: scores of each row at the least and the largest d, by its minutes.

    A thin line goes through the best scores at the least d that so many minutes reached.

    Args:
        rows: scores of all variants, levels and metrics; the first variant gets the first colour.
        minutes: CPU minutes of a training, by variant.
        better: `low` or `high`, by metric.
        note: N, seeds and intervals, printed below.
    """
    metrics = [metric for metric in BY_MINUTES if any(row.metric == metric for row in rows)]
    levels = sorted({float(row.level) for row in rows})
    with style.context("default"):
        size = (3.4 * max(1, len(metrics)) + 1.6, 3.9)
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(1, max(1, len(metrics)), squeeze=False)[0]
        for panel, metric in zip(panels, metrics, strict=False):
            own = [row for row in rows if row.metric == metric]
            for d in (levels[0], levels[-1]):
                _points(
                    panel, [row for row in own if float(row.level) == d], minutes, d > levels[0]
                )
            _best(panel, [row for row in own if float(row.level) == levels[0]], minutes, better)
            _finish(panel, f"{metric} ({better[metric]} is better)")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right upper")
        marks = f"filled: d = {levels[0]:g}, open: d = {levels[-1]:g}"
        figure.supxlabel(f"CPU minutes of a training; {marks}\n{note}", fontsize=10)
        return png(figure)


def _points(panel: Axes, rows: Sequence[Row], minutes: Mapping[str, float], hollow: bool) -> None:
    for number, row in enumerate(rows):
        look = look_of(number) | {"linestyle": "none"}
        panel.errorbar(
            minutes[row.variant],
            row.value,
            yerr=[[row.value - row.low], [row.high - row.value]],
            elinewidth=1,
            markerfacecolor="white" if hollow else look["color"],
            label=None if hollow else row.variant,
            **look,
        )


def _best(
    panel: Axes, rows: Sequence[Row], minutes: Mapping[str, float], better: Mapping[str, str]
) -> None:
    ordered = sorted(rows, key=lambda row: minutes[row.variant])
    reach = np.minimum if better[rows[0].metric] == "low" else np.maximum
    x = [minutes[row.variant] for row in ordered]
    best = reach.accumulate([row.value for row in ordered])
    panel.step(x, best, where="post", color=REACHED, linewidth=1, zorder=0)


def _finish(panel: Axes, title: str) -> None:
    panel.set_xscale("log")
    panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5, 7)))
    panel.xaxis.set_major_formatter(ScalarFormatter())
    panel.xaxis.set_minor_locator(LogLocator(subs=()))
    panel.grid(alpha=0.25)
    panel.spines[["top", "right"]].set_visible(False)
    panel.set_title(title, fontsize=10)
