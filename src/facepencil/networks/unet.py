"""The generator of pix2pix: a U-Net (Isola et al., CVPR 2017, section 3.2 and appendix 6.1)."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from facepencil.config.model import ModelParams
from facepencil.networks.blocks import MAX_GROWTH, InstanceNorm, ToldScale, initialise
from facepencil.networks.painted import Painted, PaintingNet, check_told
from facepencil.networks.told import numbers_told


class UNet(PaintingNet):
    """Halves the size down to one pixel and doubles it again, with a skip at each size.

    What is told beside the sketch scales and shifts the one pixel: as if it stood there as channels
    of its own, whose negative numbers the ReLU that follows would cut off.

    As in pix2pix, but for two things: norms are those of an instance, since those of a batch would
    let a face depend on its neighbours, and faces are painted without dropout, since with it no two
    would be the same.
    """

    def __init__(self, model: ModelParams) -> None:
        """Of log2(`model.size`) levels; `model.channels` in the first (pix2pix: 64)."""
        super().__init__()
        levels = model.size.bit_length() - 1
        widths = [model.channels * min(2**level, MAX_GROWTH) for level in range(levels)]
        full = [width == model.channels * MAX_GROWTH for width in widths]
        self.downs = nn.ModuleList([nn.Conv2d(1, widths[0], 4, 2, 1)])
        for level, (inputs, outputs) in enumerate(pairwise(widths), 1):
            self.downs.append(_down(inputs, outputs, normal=level < levels - 1))
        self.ups = nn.ModuleList()
        for level in range(levels - 1, 0, -1):
            inner = level == levels - 1
            inputs = widths[level] * (1 if inner else 2)
            dropout = full[level] and full[level - 1] and not inner
            self.ups.append(_up(inputs, widths[level - 1], dropout))
        last = nn.ConvTranspose2d(2 * widths[0] if levels > 1 else widths[0], 3, 4, 2, 1)
        self.to_image = nn.Sequential(nn.ReLU(), last, nn.Tanh())
        initialise(self)
        self._numbers = numbers_told(model)
        self.told = ToldScale(self._numbers, widths[-1]) if self._numbers else None
        self.to(memory_format=torch.channels_last)

    def forward(self, sketch: Tensor, told: Tensor | None = None) -> Painted:
        """`sketch` (N, 1, S, S) in [0, 1] to images in [-1, 1]; there are no maps for L_GFM."""
        check_told(told, self._numbers)
        skips: list[Tensor] = []
        x = sketch
        for down in self.downs:
            x = down(x)
            skips.append(x)
        if self.told is not None and told is not None:
            skips[-1] = self.told(x, told)
        return Painted(self.to_image(self._rise(skips)), {})

    def _rise(self, skips: Sequence[Tensor]) -> Tensor:
        x = skips[-1]
        for up, skip in zip(self.ups, reversed(skips[:-1]), strict=True):
            x = torch.cat([up(x), skip], 1)
        return x


def _down(inputs: int, outputs: int, *, normal: bool) -> nn.Sequential:
    """The last has no norm: it would leave nothing of a single pixel."""
    layers = [nn.LeakyReLU(0.2), nn.Conv2d(inputs, outputs, 4, 2, 1, bias=not normal)]
    return nn.Sequential(*layers, *([InstanceNorm()] if normal else []))


def _up(inputs: int, outputs: int, dropout: bool) -> nn.Sequential:
    conv = nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False)
    return nn.Sequential(nn.ReLU(), conv, InstanceNorm(), *([nn.Dropout(0.5)] if dropout else []))
