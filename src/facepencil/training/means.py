"""Mean losses between two lines of a log."""

import math
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
        self._sums: dict[str, Tensor] = {}
        self._steps: dict[str, int] = {}
        self._since = 0

    def add(self, losses: Mapping[str, Tensor]) -> None:
        """Count the losses of one step, each a tensor of one number; a step may lack some."""
        for name, loss in losses.items():
            before = self._sums.get(name)
            self._sums[name] = loss.double() if before is None else before + loss.double()
            self._steps[name] = self._steps.get(name, 0) + 1

    def check(self, photos: int) -> dict[str, float]:
        """The sums, when `photos` were seen; nothing changes.

        Raises:
            LossError: a loss was infinite or no number since the last interval.
        """
        if not self._sums:
            return {}
        sums = dict(zip(self._sums, torch.stack(list(self._sums.values())).tolist(), strict=True))
        broken = [name for name, total in sums.items() if not math.isfinite(total)]
        if broken:
            raise LossError(
                f"losses {', '.join(broken)} between photos {self._since} and {photos}: "
                "expected finite numbers; a smaller train.learning_rate may help"
            )
        return sums

    def take(self, photos: int) -> dict[str, float]:
        """The means, to six decimals, when `photos` were seen; starts anew. Raises as `check`.

        Each is over the steps that had it.
        """
        sums = self.check(photos)
        means = {name: round(total / self._steps[name], 6) for name, total in sums.items()}
        self._sums, self._steps, self._since = {}, {}, photos
        return means

    def state(self) -> list[Any]:
        """What `restore` needs, for the state of a training."""
        return [self._sums, self._steps, self._since]

    def restore(self, state: list[Any]) -> None:
        """Go on from a `state`."""
        self._sums, self._steps, self._since = state
