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
        self.heads = nn.ModuleList(_Head(channels, width) for channels in CHANNELS)
        initialise(self)
        for conv in [one for one in self.modules() if isinstance(one, nn.Conv2d)]:
            spectral_norm(conv)
        self.to(memory_format=torch.channels_last)

    def forward(self, pairs: Sequence[tuple[Tensor, Sequence[Tensor]]]) -> list[Tensor]:
        """Logits (N, 1, ...), float32, of every map, the largest first, batches one after another.

        Args:
            pairs: batches of sketches (n, 1, S, S) in [0, 1], each with VGG16's maps of its images,
                (n, C, S / 2^level, ...), feature vectors of length 1; N is the sum of all n.
        """
        logits = []
        maps = [found for _, found in pairs]
        for level, (head, *units) in enumerate(zip(self.heads, *maps, strict=True)):
            lines = [F.avg_pool2d(sketch, 2**level) for sketch, _ in pairs]
            found = head(lines, units)
            logits.append(found.float())  # the hinge's mean would overflow in 16 bits
        return logits


class _Head(nn.Module):
    """Convolutions over the sketch and feature vectors of root mean square 1."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(1 + channels, width, 1)
        self.rest = nn.Sequential(
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 2 * width, 3, 1, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 1, 1),
        )

    def forward(self, lines: Sequence[Tensor], units: Sequence[Tensor]) -> Tensor:
        """Logits (N, 1, ...) of batches (n, 1, H, W) and (n, C, H, W), one after another."""
        weight = self.first.weight.flatten(1)  # once: spectral norm moves with every look at it
        seen = [self._mix(*pair, weight) for pair in zip(lines, units, strict=True)]
        logits: Tensor = self.rest(torch.cat(seen))
        return logits

    def _mix(self, lines: Tensor, units: Tensor, weight: Tensor) -> Tensor:
        """The first layer, without a copy of the vectors beside the lines."""
        bias = self.first.bias
        assert bias is not None
        length = units.shape[1] ** 0.5  # of vectors of root mean square 1
        mixed = F.linear(units.permute(0, 2, 3, 1), weight[:, 1:] * length)
        lined = mixed + torch.addcmul(bias, lines.permute(0, 2, 3, 1), weight[:, 0])
        return lined.permute(0, 3, 1, 2)
