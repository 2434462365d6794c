"""D: patch discriminators at several scales of (sketch, image) pairs, as in pix2pixHD."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from facepencil.config.model import ModelParams
from facepencil.exact import padded_means
from facepencil.networks.blocks import MAX_GROWTH, InstanceNorm, initialise, layer_outputs
from facepencil.networks.feature_heads import FeatureHeads

KERNEL = 4
PAD = 2


class Blur(nn.Module):
    """The 3x3 binomial filter, zeros outside: keeps what is too fine from folding over (aliasing).

    Computed as two averages of 2x2.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        return F.avg_pool2d(padded_means(x, 2, 1, 1), 2, 1)


class PatchDiscriminator(nn.Module):
    """Stride-2 convolutions, then two of stride 1; the last gives a logit per patch."""

    def __init__(
        self, channels: int, layers: int, *, normal: bool = True, blurred: bool = False
    ) -> None:
        """`normal`: instance norm in all layers but the first and the last.

        `blurred`: maps are low-pass filtered before they are halved. The pair itself is not, since
        patterns of two pixels, which a painter is prone to, would be hidden from D.
        """
        super().__init__()
        widths = [channels * min(2**level, MAX_GROWTH) for level in range(layers + 1)]
        strides = [2] * (layers - 1) + [1]
        first = nn.Conv2d(4, channels, KERNEL, 2, PAD)
        self.layers = nn.ModuleList([nn.Sequential(first, nn.LeakyReLU(0.2, inplace=True))])
        for inputs, outputs, stride in zip(widths, widths[1:], strides, strict=False):
            layer = _layer(inputs, outputs, stride, normal)
            self.layers.append(nn.Sequential(Blur(), layer) if blurred and stride == 2 else layer)
        self.layers.append(nn.Conv2d(widths[-1], 1, KERNEL, 1, PAD))

    def forward(self, pair: Tensor) -> list[Tensor]:
        """Every layer's map of (N, 4, S, S); the last are the logits (N, 1, ...)."""
        return layer_outputs(self.layers, pair)


class MultiScaleDiscriminator(nn.Module):
    """One patch discriminator per scale; each scale is half the size of the one before.

    Spectral norm stands in the place of instance norm: it divides every kernel by its largest
    singular value, which the power method follows by one step a pass (Miyato et al., ICLR 2018).

    Attributes:
        heads: on VGG16's maps, which the step gives them: `forward` does not use them. Or None.
    """

    def __init__(self, model: ModelParams) -> None:
        super().__init__()
        channels, layers = model.discriminator_channels, model.discriminator_layers
        spectral = model.discriminator_norm == "spectral"
        blurred = model.discriminator_down == "blur"
        self.scales = nn.ModuleList(
            PatchDiscriminator(channels, layers, normal=not spectral, blurred=blurred)
            for _ in range(model.discriminator_scales)
        )
        initialise(self)
        for conv in [one for one in self.modules() if spectral and isinstance(one, nn.Conv2d)]:
            spectral_norm(conv)
        heads = model.discriminator_heads
        self.heads = FeatureHeads(heads) if heads else None
        self.to(memory_format=torch.channels_last)

    def forward(self, sketch: Tensor, image: Tensor) -> list[list[Tensor]]:
        """Maps by scale and layer, logits last, the largest scale first.

        `sketch` (N, 1, S, S) in [0, 1]; `image` (N, 3, S, S) in [-1, 1].
        """
        pair = torch.cat([sketch, image], 1).contiguous(memory_format=torch.channels_last)
        maps = []
        for level, scale in enumerate(self.scales):
            if level:
                pair = padded_means(pair, 3, 2, 1, count_padding=False)
            maps.append(scale(pair))
        return maps


def _layer(inputs: int, outputs: int, stride: int, normal: bool) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, KERNEL, stride, PAD, bias=not normal)
    return nn.Sequential(conv, *([InstanceNorm()] if normal else []), nn.LeakyReLU(0.2))
