"""What a training costs, and the line that shows how it goes."""

import resource
import sys
import time
from collections.abc import Mapping

import psutil
import torch
from tqdm import tqdm

LINE_EVERY_S = 10.0
"""Seconds between two lines where there is no terminal."""

BAR_EVERY_S = 0.5
"""Seconds between two looks of the bar at the losses, where there is one."""


class Costs:
    """What a training took so far; time of killed processes counts up to their last state.

    Attributes:
        waited: seconds that this process waited for batches; its share is of this process too.
    """

    def __init__(self) -> None:
        """Start the clock."""
        self._begin = self._own = time.monotonic()
        self.waited = 0.0

    @property
    def seconds(self) -> float:
        """Seconds that it took to see the photos seen."""
        return time.monotonic() - self._begin

    def resume(self, seconds: float) -> None:
        """Go on from `seconds` spent by earlier processes."""
        self._begin = time.monotonic() - seconds

    def at(self, photos: int) -> dict[str, float]:
        """Photos a second, seconds, share spent waiting for batches, and the most memory held.

        Memory is this process's, in 10^6 bytes.
        """
        return {
            "cost/waiting_share": self.waited / (time.monotonic() - self._own),
            "cost/photos_per_second": photos / self.seconds,
            "cost/seconds": self.seconds,
            "cost/peak_memory_megabytes": peak_memory_megabytes(),
        }


def peak_memory_megabytes() -> float:
    """The most that this process held: of the GPU where one is used, else of main memory."""
    if torch.cuda.is_available() and torch.cuda.max_memory_allocated():
        return torch.cuda.max_memory_allocated() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


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

    def show(self, seen: int, losses: Mapping[str, float]) -> None:
        """Show, if it is time to, that `seen` photos were reached, and losses read before.

        To read them here would be to wait for the GPU.
        """
        now = time.monotonic()
        pause = BAR_EVERY_S if self._terminal else LINE_EVERY_S
        if now - self._shown < pause and seen < self._total:
            return
        self._shown = now
        facts = " ".join(f"{name} {value:.3f}" for name, value in losses.items())
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
