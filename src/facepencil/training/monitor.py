"""The line that shows how a training goes."""

import sys
import time
from collections.abc import Mapping

import psutil
from torch import Tensor
from tqdm import tqdm

LINE_EVERY_S = 10.0
"""Seconds between two lines where there is no terminal."""

BAR_EVERY_S = 0.5
"""Seconds between two looks of the bar at the losses, where there is one."""


class ProgressLine:
    """Photos a second, losses, memory and time left: a bar on a terminal, else plain lines."""

    def __init__(self, label: str, total: int, seen: int) -> None:
        """Start at `seen` of `total` photos."""
        self._terminal = sys.stderr.isatty()
        self._label, self._total, self._first = label, total, seen
        self._start = self._shown = time.monotonic()
        self._bar = tqdm(
            desc=label,
            total=total,
            initial=seen,
            unit="photo",
            disable=not self._terminal,
            dynamic_ncols=True,
        )

    def show(self, seen: int, losses: Mapping[str, Tensor]) -> None:
        """Show, if it is time to, that `seen` photos were reached with these last losses."""
        now = time.monotonic()
        pause = BAR_EVERY_S if self._terminal else LINE_EVERY_S
        if now - self._shown < pause and seen < self._total:
            return
        self._shown = now
        facts = " ".join(f"{name} {value.item():.3f}" for name, value in losses.items())
        facts += f" {psutil.Process().memory_info().rss / 2**20:.0f} MB"
        if self._terminal:
            self._bar.set_postfix_str(facts, refresh=False)
            self._bar.update(seen - self._bar.n)
        else:
            print(f"{self._label}: {self._line(seen, now, facts)}", file=sys.stderr, flush=True)

    def _line(self, seen: int, now: float, facts: str) -> str:
        rate = (seen - self._first) / (now - self._start)
        left = (self._total - seen) / rate
        return f"{seen}/{self._total} {rate:.1f} photos/s {facts} {left:.0f} s left"

    def close(self) -> None:
        """End the line."""
        self._bar.close()
