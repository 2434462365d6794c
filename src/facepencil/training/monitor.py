"""How a training goes: mean losses, and the line that shows them."""

import math
import sys
import time
from collections.abc import Mapping

import psutil
from tqdm import tqdm

LINE_EVERY_S = 10.0
"""Seconds between two lines where there is no terminal."""


class LossError(ArithmeticError):
    """A loss became infinite or no number; the message says which one and when."""


class Means:
    """Mean losses since the last log line; part of the training state."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self.sums: dict[str, float] = {}
        self.steps = 0

    def add(self, losses: Mapping[str, float], photos: int) -> None:
        """Count the losses of one step, the one that reached `photos` seen.

        Raises:
            LossError: a loss is infinite or no number.
        """
        broken = {name: value for name, value in losses.items() if not math.isfinite(value)}
        if broken:
            raise LossError(
                f"losses {broken} after {photos} photos: expected finite numbers; "
                "a smaller train.learning_rate may help"
            )
        self.sums = {name: self.sums.get(name, 0.0) + value for name, value in losses.items()}
        self.steps += 1

    def take(self) -> dict[str, float]:
        """The means, to six decimals; starts anew."""
        means = {name: round(total / self.steps, 6) for name, total in self.sums.items()}
        self.sums, self.steps = {}, 0
        return means


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
        """Show that `seen` photos were reached, with the losses of the last step."""
        now = time.monotonic()
        facts = " ".join(f"{name} {value:.3f}" for name, value in losses.items())
        facts += f" {psutil.Process().memory_info().rss / 2**20:.0f} MB"
        if self._terminal:
            self._bar.set_postfix_str(facts, refresh=False)
            self._bar.update(seen - self._bar.n)
        elif now - self._shown >= LINE_EVERY_S or seen >= self._total:
            rate = (seen - self._first) / (now - self._start)
            left = (self._total - seen) / rate
            text = f"{seen}/{self._total} {rate:.1f} photos/s {facts} {left:.0f} s left"
            print(f"{self._label}: {text}", file=sys.stderr, flush=True)
            self._shown = now

    def close(self) -> None:
        """End the line."""
        self._bar.close()
