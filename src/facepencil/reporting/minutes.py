"""Scores against what the trainings took: what a minute of the processor buys."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator, ScalarFormatter

from facepencil.evaluation.record import LPIPS
from facepencil.reporting.curves import look_of, plain, png
from facepencil.reporting.rows import Row

BY_MINUTES = (LPIPS, "FD-EffLite0", "KID-EffLite0", "spectrum")
"""Metrics that get a panel, where the table has them."""
REACHED = "#8A9BB5"
"""Colour of the line of best scores, which no row has."""


def scores_by_minutes(
    rows: Sequence[Row], minutes: Mapping[str, float], better: Mapping[str, str], note: str
) -> bytes:
    """PNG of a panel a metric: scores of each row at the lowest and the highest d, by its minutes.

    A thin line goes through the best scores at the lowest d within so many minutes.

    Args:
        rows: scores of all variants, levels and metrics; the first variant gets the first colour.
        minutes: CPU minutes of a training, by variant.
        better: `low` or `high`, by metric.
        note: N, seeds and intervals, printed below.
    """
    metrics = [metric for metric in BY_MINUTES if any(row.metric == metric for row in rows)]
    levels = sorted({float(row.level) for row in rows})
    names = dict.fromkeys(row.variant for row in rows)
    with style.context("default"):
        size = (3.4 * max(1, len(metrics)) + 1.6, max(3.9, 0.24 * len(names) + 0.8))
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(1, max(1, len(metrics)), squeeze=False)[0]
        for panel, metric in zip(panels, metrics, strict=False):
            own = [row for row in rows if row.metric == metric]
            _panel(panel, own, levels, minutes, better[metric])
        known = panels[0].get_legend_handles_labels()
        figure.legend(*known, loc="outside right upper", frameon=False)
        figure.supxlabel(f"CPU minutes of a training; {_marks(levels)}\n{note}", fontsize=10)
        return png(figure)


def _marks(levels: Sequence[float]) -> str:
    if len(levels) == 1:
        return f"d = {levels[0]:g}"
    return f"filled: d = {levels[0]:g}, open: d = {levels[-1]:g}"


def _panel(
    panel: Axes,
    rows: Sequence[Row],
    levels: Sequence[float],
    minutes: Mapping[str, float],
    better: str,
) -> None:
    lowest, highest = (
        [row for row in rows if float(row.level) == level] for level in (levels[0], levels[-1])
    )
    _points(panel, lowest, minutes)
    if len(levels) > 1:
        _points(panel, highest, minutes, hollow=True)
    _best(panel, lowest, minutes, better)
    _finish(panel, f"{rows[0].metric} ({better} is better)")


def _points(
    panel: Axes, rows: Sequence[Row], minutes: Mapping[str, float], hollow: bool = False
) -> None:
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


def _best(panel: Axes, rows: Sequence[Row], minutes: Mapping[str, float], better: str) -> None:
    ordered = sorted(rows, key=lambda row: minutes[row.variant])
    reach = np.minimum if better == "low" else np.maximum
    x = [minutes[row.variant] for row in ordered]
    best = reach.accumulate([row.value for row in ordered])
    panel.step(x, best, where="post", color=REACHED, linewidth=1, zorder=0)


def _finish(panel: Axes, title: str) -> None:
    panel.set_xscale("log")
    panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5, 7)))
    panel.xaxis.set_major_formatter(ScalarFormatter())
    panel.xaxis.set_minor_locator(NullLocator())
    plain(panel, title)
