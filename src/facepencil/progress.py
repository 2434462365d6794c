"""Progress: a bar on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


def track(
    items: Iterable[Item], label: str, total: int | None = None, unit: str = "photo"
) -> Iterator[Item]:
    """Yield `items`, showing how many went by, at what rate and what is left.

    Off a terminal a line is printed every 10 s, so that logs stay readable.
    """
    terminal = sys.stderr.isatty()
    bar = tqdm(
        items,
        desc=label,
        total=total,
        unit=unit,
        dynamic_ncols=True,
        mininterval=0.2 if terminal else 10.0,
        file=sys.stderr if terminal else _Lines(),
        bar_format=None if terminal else "{desc}: {n_fmt}/{total_fmt} {rate_fmt}, {remaining} left",
    )
    yield from bar


class _Lines:
    """Turns tqdm's carriage returns into whole lines."""

    def write(self, text: str) -> None:
        line = text.strip("\r\n ")
        if line:
            sys.stderr.write(line + "\n")

    def flush(self) -> None:
        sys.stderr.flush()
