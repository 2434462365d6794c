"""Curves: metrics over deformation, losses over photos seen."""

import io
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from facepencil.reporting.rows import Row

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
VALIDATION = "val/"
"""How the names of validation scores begin."""
_NO_LOSS = ("photos", "stage", "learning_rate")


def robustness(rows: Sequence[Row], better: Mapping[str, str], note: str) -> bytes:
    """PNG with one panel per metric: score against d, one line per variant, intervals as bands.

    Args:
        rows: scores of all variants, levels and metrics; the first variant gets the first colour.
        better: `low` or `high`, by metric.
        note: N, seeds and intervals, printed below.
    """
    metrics = list(dict.fromkeys(row.metric for row in rows))
    beside = len({row.variant for row in rows}) >= BESIDE
    across, down = min(COLUMNS, len(metrics)), -(-len(metrics) // COLUMNS)
    # The user's own matplotlibrc would change the bytes.
    with style.context("default"):
        size = (3.4 * across + 1.6 * beside, 3.4 * down + 0.5)
        figure = Figure(figsize=size, layout="constrained")
        panels = list(figure.subplots(down, across, squeeze=False).flat)
        for panel, metric in zip(panels, metrics, strict=False):
            _panel(panel, [row for row in rows if row.metric == metric], better[metric])
        for empty in panels[len(metrics) :]:
            empty.set_axis_off()
        _legend(figure, panels[0], beside)
        figure.supxlabel(f"d, px on the 512 px canvas\n{note}", fontsize=10)
        return png(figure)


def _panel(panel: Axes, rows: Sequence[Row], better: str) -> None:
    names = dict.fromkeys(row.variant for row in rows)
    for number, name in enumerate(names):
        look, line = look_of(number), [row for row in rows if row.variant == name]
        x = [float(row.level) for row in line]
        panel.plot(x, [row.value for row in line], label=name, **look)
        low, high = [row.low for row in line], [row.high for row in line]
        panel.fill_between(x, low, high, color=look["color"], alpha=0.15, linewidth=0)
    panel.grid(alpha=0.25)
    panel.spines[["top", "right"]].set_visible(False)
    panel.set_title(f"{rows[0].metric} ({better} is better)")
    panel.set_xticks(sorted({float(row.level) for row in rows}))


def look_of(number: int) -> dict[str, Any]:
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
    """PNG of a panel a loss: its values by photos seen, a line a training.

    Args:
        logs: of every seed, by variant; trainings of one variant look the same.
    """
    lines = [line for log in chain.from_iterable(logs.values()) for line in log]
    names = list(dict.fromkeys(name for line in lines for name in line if name not in _NO_LOSS))
    names = [name for name in names if not name.startswith(VALIDATION)]
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
        return png(figure)


def validation(logs: Mapping[str, Sequence[Log]]) -> bytes:
    """PNG of a panel a validation score: a line a variant, its mean over the seeds by photos seen.

    A band goes from the lowest seed to the highest. `logs` as of `losses`.
    """
    lines = [line for log in chain.from_iterable(logs.values()) for line in log]
    names = list(dict.fromkeys(n for line in lines for n in line if n.startswith(VALIDATION)))
    with style.context("default"):
        figure = Figure(figsize=(3.6 * max(1, len(names)), 4.2), layout="constrained")
        panels = list(figure.subplots(1, max(1, len(names)), squeeze=False).flat)
        for panel, name in zip(panels, names, strict=False):
            _validation_panel(panel, name, logs)
        if not names:
            panels[0].set_axis_off()
            panels[0].text(0.5, 0.5, "no validation photos", ha="center")
        known = panels[0].get_legend_handles_labels()
        figure.legend(*known, loc="outside upper center", ncols=BESIDE, frameon=False, fontsize=8)
        figure.supxlabel("photos seen", fontsize=10)
        return png(figure)


def _validation_panel(panel: Axes, name: str, logs: Mapping[str, Sequence[Log]]) -> None:
    for number, (variant, seeds) in enumerate(logs.items()):
        curves = [{line["photos"]: line[name] for line in log if name in line} for log in seeds]
        x = sorted(set(curves[0]).intersection(*curves))
        values = np.array([[curve[photos] for photos in x] for curve in curves])
        look = look_of(number) | {"marker": ""}
        panel.plot(x, values.mean(0), label=variant, linewidth=1.2, **look)
        low, high = values.min(0), values.max(0)
        panel.fill_between(x, low, high, color=look["color"], alpha=0.2, linewidth=0)
    plain(panel, name.removeprefix(VALIDATION))


def plain(panel: Axes, title: str) -> None:
    """Give a panel its title, a faint grid and no frame."""
    panel.grid(alpha=0.25)
    panel.spines[["top", "right"]].set_visible(False)
    panel.set_title(title, fontsize=10)


def _losses_panel(panel: Axes, name: str, logs: Mapping[str, Sequence[Log]]) -> None:
    for number, (variant, seeds) in enumerate(logs.items()):
        for log in seeds:
            known = [line for line in log if name in line]
            x, y = ([line[axis] for line in known] for axis in ("photos", name))
            label = variant if log is seeds[0] else None
            panel.plot(x, y, **look_of(number) | {"marker": ""}, linewidth=1, label=label)
    plain(panel, name)


def png(figure: Figure) -> bytes:
    """The figure's bytes: equal figures, equal bytes."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})
    return file.getvalue()
