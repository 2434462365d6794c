"""Exponential moving average of weights."""

import copy
from typing import Generic, TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


class Ema(Generic[Network]):
    """A network that follows another one, smoothed; usually paints better than the last weights."""

    def __init__(self, network: Network, decay: float) -> None:
        """Start as a copy of `network`.

        Args:
            network: the one to follow.
            decay: share of the old average kept a step; lower in the first steps, which would
                otherwise leave the random initial weights in the average of a short training.
        """
        self.network = copy.deepcopy(network)
        self.network.requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, network: Network, steps: int) -> None:
        """Move towards `network`, which has made `steps` steps."""
        decay = min(self._decay, (1 + steps) / (10 + steps))
        followed = [value.detach() for value in network.parameters()]
        torch._foreach_lerp_(list(self.network.parameters()), followed, 1 - decay)
