"""Curves of metrics over deformation."""

import io
from collections.abc import Sequence

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from facepencil.reporting.results import Row

# Okabe and Ito's palette is safe for the colour-blind; the markers work in grey too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = "osD^vPX"
DPI = 150


def robustness(rows: Sequence[Row], note: str) -> bytes:
    """PNG with one panel per metric: score against d, one line per variant, intervals as bands.

    Args:
        rows: scores of all variants, levels and metrics; the first variant gets the first colour.
        note: N, seeds and intervals, printed below.
    """
    metrics = list(dict.fromkeys(row.metric for row in rows))
    # The user's own matplotlibrc would change the bytes.
    with style.context("default"):
        figure = Figure(figsize=(3.4 * len(metrics), 3.9), layout="constrained")
        panels = figure.subplots(1, len(metrics), squeeze=False)[0]
        for panel, metric in zip(panels, metrics, strict=True):
            _panel(panel, [row for row in rows if row.metric == metric])
        panels[0].legend(frameon=False)
        figure.supxlabel(f"d, px on the 512 px canvas\n{note}", fontsize=10)
        return _png(figure)


def _panel(panel: Axes, rows: Sequence[Row]) -> None:
    names = dict.fromkeys(row.variant for row in rows)
    for name, colour, marker in zip(names, COLOURS, MARKERS, strict=False):
        line = [row for row in rows if row.variant == name]
        x = [row.level_px for row in line]
        panel.plot(x, [row.value for row in line], color=colour, marker=marker, label=name)
        low, high = [row.low for row in line], [row.high for row in line]
        panel.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
    panel.grid(alpha=0.25)
    panel.spines[["top", "right"]].set_visible(False)
    panel.set_title(f"{rows[0].metric} (lower is better)")
    panel.set_xticks(sorted({row.level_px for row in rows}))


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})
    return file.getvalue()
