"""Bars: what a row of a table is worth beside the first."""

from collections.abc import Sequence

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from facepencil.reporting.curves import COLOURS, png
from facepencil.reporting.rows import Row

SHOWN = 4
"""Metrics that get a panel: the first of the table."""


def differences(pairs: Sequence[Row], subject: str, note: str) -> bytes:
    """PNG of a panel a metric: each row's difference to the first, with its interval.

    Args:
        pairs: differences at one level, of every other variant and metric.
        subject: the variant that all are compared with.
        note: N, seeds and intervals, printed below.
    """
    metrics = list(dict.fromkeys(row.metric for row in pairs))[:SHOWN]
    names = list(dict.fromkeys(row.variant for row in pairs))
    with style.context("default"):
        size = (2.6 * max(1, len(metrics)) + 1.8, 0.26 * len(names) + 1.5)
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(1, max(1, len(metrics)), squeeze=False, sharey=True)[0]
        for panel, metric in zip(panels, metrics, strict=False):
            _bars(panel, [row for row in pairs if row.metric == metric], subject)
        panels[0].invert_yaxis()
        figure.supxlabel(f"difference to {subject}\n{note}", fontsize=9)
        return png(figure)


def _bars(panel: Axes, rows: Sequence[Row], subject: str) -> None:
    names = [row.variant.removesuffix(f" - {subject}") for row in rows]
    values = [row.value for row in rows]
    gaps = [[row.value - row.low for row in rows], [row.high - row.value for row in rows]]
    apart = [COLOURS[1] if row.low > 0 or row.high < 0 else "#999999" for row in rows]
    panel.barh(names, values, xerr=gaps, color=apart, height=0.6, error_kw={"elinewidth": 1})
    panel.axvline(0, color="black", linewidth=0.8)
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(axis="x", alpha=0.25)
    panel.tick_params(labelsize=8)
    panel.locator_params(axis="x", nbins=4)  # more run into each other
    panel.set_title(rows[0].metric, fontsize=10)
