"""Tables as CSV (long), Markdown and LaTeX (wide)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import pandas as pd

from facepencil.reporting.results import Row

_LATEX = str.maketrans({sign: f"\\{sign}" for sign in "_%&#"})


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
    """The long form: variant, level_px, metric, value, low, high, n, seeds."""
    long = _frame(rows)
    long["level_px"] = long["level_px"].map("{:g}".format)
    return long.to_csv(index=False, lineterminator="\n")


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
    return str(text).translate(_LATEX)


def pivot(rows: Sequence[Row], lines: Sequence[str], column: str, digits: int) -> pd.DataFrame:
    """Long to wide: texts of a table with the scores as `value [low, high]`.

    Args:
        rows: the scores; one for each line and column.
        lines: the fields of `Row` that head a line, such as `variant`.
        column: the field with a column for each of its values: `metric` or `level_px`.
        digits: as many decimals as show so many digits of a metric's median.
    """
    long = _frame(rows)
    usual = long.groupby("metric")["value"].transform(lambda values: values.abs().median())
    long["cell"] = [
        _cell(row, _decimals(each, digits)) for row, each in zip(rows, usual, strict=True)
    ]
    long["level_px"] = long["level_px"].map("d = {:g}".format)
    wide = long.set_index([*lines, column])["cell"].unstack(sort=False)
    return wide.rename_axis(columns=None).reset_index()


def _frame(rows: Sequence[Row]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=[field.name for field in fields(Row)])


def _cell(row: Row, decimals: int) -> str:
    return f"{row.value:.{decimals}f} [{row.low:.{decimals}f}, {row.high:.{decimals}f}]"


def _decimals(usual: float, digits: int) -> int:
    return max(0, digits - 1 - math.floor(math.log10(usual))) if usual else digits
