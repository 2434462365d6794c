"""Tables as CSV (long), Markdown and LaTeX (wide)."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from statistics import median

from facepencil.reporting.results import Row


@dataclass(frozen=True)
class Table:
    """A table for readers.

    Attributes:
        title: what it shows.
        header: a name for each column.
        rows: texts, as many as there are columns.
        note: N, seeds, spread and what the metrics are.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str


def csv_text(rows: Sequence[Row]) -> str:
    """The long form: variant, level_px, metric, value, low, high, n, seeds."""
    file = io.StringIO()
    writer = csv.DictWriter(file, [field.name for field in fields(Row)], lineterminator="\n")
    writer.writeheader()
    writer.writerows({**asdict(row), "level_px": f"{row.level_px:g}"} for row in rows)
    return file.getvalue()


def markdown(table: Table) -> str:
    """Markdown whose columns also line up in a terminal."""
    lines = [table.header, *table.rows]
    widths = [max(len(line[j]) for line in lines) for j in range(len(table.header))]
    padded = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([f"**{table.title}**", "", padded[0], rule, *padded[1:], "", table.note, ""])


def latex(table: Table) -> str:
    """A `table` environment that needs the package booktabs."""
    body = [" & ".join(map(_escaped, line)) + r" \\" for line in table.rows]
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{_escaped(table.title)}. {_escaped(table.note)}}}",
            rf"\begin{{tabular}}{{l{'c' * (len(table.header) - 1)}}}",
            r"\toprule",
            " & ".join(map(_escaped, table.header)) + r" \\",
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _escaped(text: str) -> str:
    for plain in "_%&#":
        text = text.replace(plain, f"\\{plain}")
    return text


def pivot(
    rows: Sequence[Row], lines: Sequence[str], column: str, digits: int
) -> tuple[list[str], list[list[str]]]:
    """Long to wide: header and texts of a table with the scores as `value [low, high]`.

    Args:
        rows: the scores; one for each line and column.
        lines: the fields of `Row` that head a line, such as `variant`.
        column: the field with a column for each of its values: `metric` or `level_px`.
        digits: as many decimals as show so many digits of a metric's median.
    """
    decimals = {name: _decimals(rows, name, digits) for name in {row.metric for row in rows}}
    columns = list(dict.fromkeys(_text(row, column) for row in rows))
    cells: dict[tuple[str, ...], dict[str, str]] = {}
    for row in rows:
        head = tuple(_text(row, field) for field in lines)
        cells.setdefault(head, {})[_text(row, column)] = _cell(row, decimals[row.metric])
    body = [[*head, *(found[name] for name in columns)] for head, found in cells.items()]
    return [*lines, *columns], body


def _text(row: Row, field: str) -> str:
    value = getattr(row, field)
    return f"d = {value:g}" if field == "level_px" else str(value)


def _cell(row: Row, decimals: int) -> str:
    return f"{row.value:.{decimals}f} [{row.low:.{decimals}f}, {row.high:.{decimals}f}]"


def _decimals(rows: Sequence[Row], metric: str, digits: int) -> int:
    usual = median(abs(row.value) for row in rows if row.metric == metric)
    return max(0, digits - 1 - math.floor(math.log10(usual))) if usual else digits
