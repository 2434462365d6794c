"""Mean losses between two lines of a log."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor


class LossError(ArithmeticError):
    """A loss became infinite or no number; the message says which one and when."""


class Means:
    """Sums of losses, kept on their device until the end of an interval.

    To read a loss at every step would be to wait, each time, for all the device still has to do.
    """

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._names: list[str] = []
        self._sums: Tensor | None = None
        self._steps = self._since = 0

    def add(self, losses: Mapping[str, Tensor]) -> None:
        """Count the losses of one step, each a tensor of one number; all steps have the same."""
        values = torch.stack(list(losses.values())).double()
        self._names, self._steps = list(losses), self._steps + 1
        self._sums = values if self._sums is None else self._sums + values

    def check(self, photos: int) -> list[float]:
        """The sums, when `photos` were seen; nothing changes.

        Raises:
            LossError: a loss was infinite or no number since the last interval.
        """
        if self._sums is None:
            return []
        if not self._sums.isfinite().all():
            finite = self._sums.isfinite().tolist()
            broken = [name for name, well in zip(self._names, finite, strict=True) if not well]
            raise LossError(
                f"losses {', '.join(broken)} between photos {self._since} and {photos}: "
                "expected finite numbers; a smaller train.learning_rate may help"
            )
        return list(self._sums.tolist())

    def take(self, photos: int) -> dict[str, float]:
        """The means, to six decimals, when `photos` were seen; starts anew. Raises as `check`."""
        sums = zip(self._names, self.check(photos), strict=True)
        means = {name: round(total / self._steps, 6) for name, total in sums}
        self._names, self._sums, self._steps, self._since = [], None, 0, photos
        return means

    def state(self) -> list[Any]:
        """What `restore` needs, for the state of a training."""
        return [self._names, self._sums, self._steps, self._since]

    def restore(self, state: list[Any]) -> None:
        """Go on from a `state`."""
        self._names, self._sums, self._steps, self._since = state
