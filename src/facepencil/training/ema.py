"""Exponential moving average of weights."""

import copy
from collections.abc import Mapping
from typing import Any

import torch

from facepencil.networks.painted import PaintingNet


class Average:
    """The moving average of a network; usually paints better than the last weights.

    As torch's `AveragedModel`, which waits for the GPU at every update.

    Attributes:
        module: the averaged network.
    """

    def __init__(self, network: PaintingNet, decay: float) -> None:
        """Start as a copy of `network`.

        Args:
            network: the one to follow.
            decay: share of the old average kept in a step. It is lower in the first steps, which
                would otherwise leave the random initial weights in the average of a short training.
        """
        self.module = copy.deepcopy(network).eval().requires_grad_(False)
        self._decay, self._steps = decay, 1

    @torch.no_grad()
    def update(self, network: PaintingNet) -> None:
        """Follow `network` by one step; to be called after each of its own."""
        rate = min(self._decay, (1 + self._steps) / (10 + self._steps))
        mine, theirs = tuple(self.module.parameters()), tuple(network.parameters())
        torch._foreach_lerp_(mine, theirs, 1 - rate)
        for buffer, current in zip(self.module.buffers(), network.buffers(), strict=True):
            buffer.copy_(current)
        self._steps += 1

    def state(self) -> dict[str, Any]:
        """What `restore` needs."""
        return {"module": self.module.state_dict(), "steps": self._steps}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state`."""
        self.module.load_state_dict(state["module"])
        self._steps = state["steps"]
