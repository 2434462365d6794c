"""Curves: metrics over deformation, losses over photos seen."""

import io
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from facepencil.reporting.results import Row

# Okabe and Ito's palette is safe for the colour-blind; the markers work in grey too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = "osD^vPX"
LINES = ("-", "--", ":", "-.")
"""Style of the first seven variants, the next seven and so on: each round has all the colours."""
BESIDE = 5
"""From so many variants on the legend stands beside the panels, not in the first one."""
DPI = 150
COLUMNS = 4
"""Panels of losses beside each other."""

Log = Sequence[Mapping[str, float]]
"""Lines of a training's log: photos seen, stage, learning rate, losses, validation scores."""
_NO_LOSS = ("photos", "stage", "learning_rate")


def robustness(rows: Sequence[Row], note: str) -> bytes:
    """PNG with one panel per metric: score against d, one line per variant, intervals as bands.

    Args:
        rows: scores of all variants, levels and metrics; the first variant gets the first colour.
        note: N, seeds and intervals, printed below.
    """
    metrics = list(dict.fromkeys(row.metric for row in rows))
    beside = len({row.variant for row in rows}) >= BESIDE
    # The user's own matplotlibrc would change the bytes.
    with style.context("default"):
        size = (3.4 * len(metrics) + 1.6 * beside, 3.9)
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(1, len(metrics), squeeze=False)[0]
        for panel, metric in zip(panels, metrics, strict=True):
            _panel(panel, [row for row in rows if row.metric == metric])
        _legend(figure, panels[0], beside)
        figure.supxlabel(f"d, px on the 512 px canvas\n{note}", fontsize=10)
        return _png(figure)


def _panel(panel: Axes, rows: Sequence[Row]) -> None:
    names = dict.fromkeys(row.variant for row in rows)
    for number, name in enumerate(names):
        look, line = _look(number), [row for row in rows if row.variant == name]
        x = [row.level_px for row in line]
        panel.plot(x, [row.value for row in line], label=name, **look)
        low, high = [row.low for row in line], [row.high for row in line]
        panel.fill_between(x, low, high, color=look["color"], alpha=0.15, linewidth=0)
    panel.grid(alpha=0.25)
    panel.spines[["top", "right"]].set_visible(False)
    panel.set_title(rows[0].metric)
    panel.set_xticks(sorted({row.level_px for row in rows}))


def _look(number: int) -> dict[str, Any]:
    """Colour, marker and line of variant `number`, another for each of the first 28."""
    turn, place = divmod(number, len(COLOURS))
    # Turned with every round, so that markers tell lines of one colour apart as well.
    marker = MARKERS[(place + turn) % len(MARKERS)]
    return {"color": COLOURS[place], "marker": marker, "linestyle": LINES[turn % len(LINES)]}


def _legend(figure: Figure, first: Axes, beside: bool) -> None:
    if beside:
        lines, names = first.get_legend_handles_labels()
        figure.legend(lines, names, loc="outside right upper", frameon=False)
    else:
        first.legend(frameon=False)


def losses(logs: Mapping[str, Sequence[Log]]) -> bytes:
    """PNG of a panel a loss or validation score: its values by photos seen, a line a training.

    Args:
        logs: of every seed, by variant; trainings of one variant look the same.
    """
    lines = [line for log in chain.from_iterable(logs.values()) for line in log]
    names = list(dict.fromkeys(name for line in lines for name in line if name not in _NO_LOSS))
    rows = -(-len(names) // COLUMNS)
    with style.context("default"):
        figure = Figure(figsize=(2.4 * COLUMNS, 2.0 * rows + 0.4), layout="constrained")
        panels = list(figure.subplots(rows, COLUMNS, squeeze=False).flat)
        for panel, name in zip(panels, names, strict=False):
            _losses_panel(panel, name, logs)
        for empty in panels[len(names) :]:
            empty.set_axis_off()
        known = panels[0].get_legend_handles_labels()
        figure.legend(*known, loc="outside upper center", ncols=BESIDE, frameon=False)
        figure.supxlabel("photos seen", fontsize=10)
        return _png(figure)


def _losses_panel(panel: Axes, name: str, logs: Mapping[str, Sequence[Log]]) -> None:
    for number, (variant, seeds) in enumerate(logs.items()):
        for log in seeds:
            known = [line for line in log if name in line]
            x, y = ([line[axis] for line in known] for axis in ("photos", name))
            label = variant if log is seeds[0] else None
            panel.plot(x, y, **_look(number) | {"marker": ""}, linewidth=1, label=label)
    panel.grid(alpha=0.25)
    panel.spines[["top", "right"]].set_visible(False)
    panel.set_title(name, fontsize=10)


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})
    return file.getvalue()
