"""Tables as CSV (long), Markdown and LaTeX (wide)."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import pandas as pd

from facepencil.reporting.rows import Row, best_rows

ARROWS = {"low": "↓", "high": "↑"}
_LATEX = str.maketrans(
    {sign: f"\\{sign}" for sign in "_%&#"} | {"↓": "$\\downarrow$", "↑": "$\\uparrow$"}
)


@dataclass(frozen=True)
class Table:
    """A table for readers.

    Attributes:
        title: what it shows.
        cells: the texts, with a name for each column.
        note: N, seeds, spread and what the metrics are.
    """

    title: str
    cells: pd.DataFrame
    note: str


def csv_text(rows: Sequence[Row]) -> str:
    """The long form: variant, level, metric, value, low, high, n, seeds, letters."""
    return _frame(rows).to_csv(index=False, lineterminator="\n")


def markdown(table: Table) -> str:
    """Markdown whose columns also line up in a terminal."""
    grid = table.cells.to_markdown(index=False, tablefmt="github", disable_numparse=True)
    return f"**{table.title}**\n\n{grid}\n\n{table.note}\n"


def latex(table: Table) -> str:
    """A `table` environment that needs the package booktabs."""
    cells = table.cells.style.hide(axis="index")
    return (
        cells.format(_escaped)
        .format_index(_escaped, axis=1)
        .to_latex(
            caption=_escaped(f"{table.title}. {table.note}"),
            column_format="l" + "c" * (len(table.cells.columns) - 1),
            position_float="centering",
            hrules=True,
        )
    )


def _escaped(text: object) -> str:
    escaped = str(text).translate(_LATEX)
    return re.sub(r"\*\*(.+?)\*\*", r"\\textbf{\1}", escaped)


def pivot(rows: Sequence[Row], lines: Sequence[str], column: str, digits: int) -> pd.DataFrame:
    """Long to wide: texts of a table with the scores as `value [low, high]`.

    Args:
        rows: the scores; one for each line and column.
        lines: the fields of `Row` that head a line, such as `variant`.
        column: the field with a column for each of its values: `metric` or `level`.
        digits: as many decimals as show so many digits of a metric's median.
    """
    cells = [
        f"{_number(row.value, places)} [{_number(row.low, places)}, {_number(row.high, places)}]"
        for row, places in zip(rows, _decimals(rows, digits), strict=True)
    ]
    return _wide(rows, cells, lines, column)


def lettered(
    rows: Sequence[Row],
    better: Mapping[str, str],
    digits: int,
    lines: Sequence[str] = ("variant",),
    column: str = "metric",
) -> pd.DataFrame:
    """Long to wide: scores with their letters, by default a line a variant, a column a metric.

    The best one is bold if it shares its letters with no other.

    Args:
        rows: the scores; one for each line and column.
        better: `low` or `high`, by metric; shown as an arrow in the head of its column.
        digits: as of `pivot`.
        lines: as of `pivot`.
        column: as of `pivot`.
    """
    best = best_rows(rows, better)
    cells = []
    for row, places in zip(rows, _decimals(rows, digits), strict=True):
        value = _number(row.value, places)
        cells.append(f"{f'**{value}**' if row in best else value} {row.letters}".strip())
    arrows = {metric: f"{metric} {ARROWS[way]}" for metric, way in better.items()}
    return _wide(rows, cells, lines, column).rename(columns=arrows)


def _wide(
    rows: Sequence[Row], cells: Sequence[str], lines: Sequence[str], column: str
) -> pd.DataFrame:
    long = _frame(rows)
    long["cell"] = list(cells)
    long["level"] = long["level"].map(level_title)
    wide = long.set_index([*lines, column])["cell"].unstack(sort=False).fillna("")
    return wide.rename_axis(columns=None).reset_index()


def level_title(level: str) -> str:
    """`d = 11`, or the name of another change as it is."""
    return f"d = {level}" if level.replace(".", "").isdigit() else level


def _frame(rows: Sequence[Row]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=[field.name for field in fields(Row)])


def _decimals(rows: Sequence[Row], digits: int) -> list[int]:
    """For each row, the decimals that show so many digits of its metric's median."""
    values = _frame(rows).groupby("metric")["value"]
    usual = values.transform(lambda each: each.abs().median())
    return [decimals(value, digits) for value in usual]


def decimals(usual: float, digits: int) -> int:
    """As many as show so many digits of a usual value."""
    return max(0, digits - 1 - math.floor(math.log10(usual))) if usual else digits


def _number(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}"
