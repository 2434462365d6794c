"""D's heads on the maps of VGG16: how real an image looks to a trained network."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from facepencil.networks.blocks import initialise

CHANNELS = (64, 128, 256)
"""Of VGG16's relu1_2, relu2_2 and relu3_3, each half the size of the one before."""


class FeatureHeads(nn.Module):
    """A small patch discriminator for each map, with the sketch beside it.

    A fixed network gives D from the start what it would first have to learn, so that faces become
    real sooner (Sauer et al., Projected GANs, NeurIPS 2021, whose mixing of maps is left out).
    Spectral norm in every layer.
    """

    def __init__(self, width: int) -> None:
        """`width`: channels of the first layer of each head."""
        super().__init__()
        self.heads = nn.ModuleList(_head(channels, width) for channels in CHANNELS)
        initialise(self)
        for conv in [one for one in self.modules() if isinstance(one, nn.Conv2d)]:
            spectral_norm(conv)
        self.to(memory_format=torch.channels_last)

    def forward(self, sketch: Tensor, units: Sequence[Tensor]) -> list[Tensor]:
        """Logits (N, 1, ...), float32, of every map, the largest first.

        Args:
            sketch: (N, 1, S, S) in [0, 1].
            units: VGG16's maps (N, C, S / 2^level, ...), feature vectors of length 1.
        """
        logits = []
        for level, (head, unit) in enumerate(zip(self.heads, units, strict=True)):
            lines = F.avg_pool2d(sketch, 2**level)
            features = unit * unit.shape[1] ** 0.5  # of root mean square 1
            pair = torch.cat([lines, features], 1).contiguous(memory_format=torch.channels_last)
            logits.append(head(pair).float())  # the hinge's mean would overflow in 16 bits
        return logits


def _head(channels: int, width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels + 1, width, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, 2 * width, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(2 * width, 2 * width, 3, 1, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(2 * width, 1, 1),
    )
