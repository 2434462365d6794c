"""Labels the pixels of a drawing with the part of the face that they belong to."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from facepencil.networks.blocks import conv_norm, initialise, layer_outputs, up_norm

FINDER_SIZES = 5
"""Sizes at which a drawing is seen; at the last, 1/16, a 3x3 kernel sees all of it."""


class PartFinder(nn.Module):
    """A small U-Net of five sizes; widths double twice, then stay."""

    def __init__(self, channels: int, parts: int) -> None:
        """Of `channels` at full size, telling apart `parts` classes."""
        super().__init__()
        self.channels, self.parts = channels, parts
        widths = [channels * min(2**level, 4) for level in range(FINDER_SIZES)]
        downs = [conv_norm(a, b, stride=2) for a, b in pairwise(widths)]
        self.downs = nn.ModuleList([conv_norm(1, channels), *downs])
        rising = list(pairwise(widths))[::-1]
        self.ups = nn.ModuleList([up_norm(b, a, "nearest") for a, b in rising])
        self.mixes = nn.ModuleList([conv_norm(2 * a, a) for a, _ in rising])
        self.head = nn.Conv2d(channels, parts, 1)
        initialise(self)
        self.to(memory_format=torch.channels_last)

    def forward(self, sketch: Tensor) -> Tensor:
        """Logits (N, parts, S, S) of `sketch` (N, 1, S, S) in [0, 1]; S is a multiple of 16."""
        logits: Tensor = self.head(self._rise(layer_outputs(self.downs, sketch)))
        return logits

    def _rise(self, skips: Sequence[Tensor]) -> Tensor:
        x = skips[-1]
        for up, mix, skip in zip(self.ups, self.mixes, reversed(skips[:-1]), strict=True):
            x = mix(torch.cat([up(x), skip], 1))
        return x
