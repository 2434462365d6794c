"""Distance of channel-normalised VGG16 features: LPIPS without its learned weights."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from facepencil.exact import halve_by_max
from facepencil.pretrained.unpickle import load_arrays

BLOCKS = ((0, 1), (2, 3), (4, 5, 6))
"""Convolutions up to relu1_2, relu2_2 and relu3_3; a 2x2 max-pool between."""
EPS = 1e-10


def unit_distance(unit: Tensor, x: Tensor) -> Tensor:
    """Mean over pixels of |unit - x / |x||^2, both (N, C, H, W); a scalar.

    By lengths and angle: autograd then makes half the passes over maps of the plain form.
    """
    inverse = _inverse_length(x)
    cosine = (unit * x).sum(1, keepdim=True) * inverse
    lengths = unit.square().sum(1, keepdim=True) + (1 - EPS * inverse.square())
    return (lengths - 2 * cosine).mean()


def maps_distance(real: Sequence[Tensor], maps: Sequence[Tensor]) -> Tensor:
    """Distance of an image with `maps` from a photo with `features` `real`; a scalar.

    The sum of `unit_distance` over the maps. `real` serves both generators and gets no gradient.
    """
    pairs = zip(real, maps, strict=True)
    return torch.stack([unit_distance(unit, x) for unit, x in pairs]).sum()


def unit_maps(maps: Iterable[Tensor]) -> list[Tensor]:
    """Maps (N, C, H, W) with every pixel's vector brought to length 1."""
    return [one * _inverse_length(one) for one in maps]


def _inverse_length(x: Tensor) -> Tensor:
    return (x.square().sum(1, keepdim=True) + EPS).rsqrt()


class VggFeatures(nn.Module):
    """Maps of VGG16 at relu1_2, relu2_2 and relu3_3, with fixed weights."""

    shift: Tensor
    scale: Tensor

    def __init__(self, weights: Path, pool: Literal["max", "average"] = "max") -> None:
        """`weights`: the LPIPS package's VGG16 (`vgg16_lpips.ckpt`); `pool` between its blocks.

        Raises:
            ValueError: names the file, when it is no such thing.
        """
        super().__init__()
        self._halve = halve_by_max if pool == "max" else _halve_by_mean
        self.blocks = nn.ModuleList(_block(indices) for indices in BLOCKS)
        self._load(weights)
        # ImageNet's mean and deviation, brought from [0, 1] to [-1, 1].
        mean, deviation = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])
        self.register_buffer("shift", (2 * mean - 1).view(1, 3, 1, 1))
        self.register_buffer("scale", (2 * deviation).view(1, 3, 1, 1))
        self.requires_grad_(False).to(memory_format=torch.channels_last)

    def features(self, image: Tensor) -> list[Tensor]:
        """Unit feature vectors of `image` (N, 3, S, S) in [-1, 1] at relu1_2, 2_2 and 3_3."""
        return unit_maps(self.maps(image))

    def maps(self, image: Tensor) -> list[Tensor]:
        """The feature maps before they are brought to length 1, float32."""
        x = (image - self.shift) / self.scale
        maps = []
        for level, block in enumerate(self.blocks):
            x = block(self._halve(x) if level else x)
            # 16-bit maps would lose small distances to rounding.
            maps.append(x.float())
        return maps

    def _load(self, path: Path) -> None:
        arrays = load_arrays(path)
        convs = [layer for layer in self.blocks.modules() if isinstance(layer, nn.Conv2d)]
        try:
            for index, conv in enumerate(convs):
                kernel = torch.from_numpy(arrays[f"VGG16_0/Conv_{index}/kernel"])
                conv.weight.data.copy_(kernel.permute(3, 2, 0, 1))
                bias = torch.from_numpy(arrays[f"VGG16_0/Conv_{index}/bias"])
                assert conv.bias is not None
                conv.bias.data.copy_(bias)
        except (KeyError, RuntimeError) as error:
            raise ValueError(f"{path}: expected the LPIPS package's VGG16: {error}") from error


def _halve_by_mean(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, 2)


_CHANNELS = (3, 64, 64, 128, 128, 256, 256, 256)


def _block(indices: Sequence[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for index in indices:
        conv = nn.Conv2d(_CHANNELS[index], _CHANNELS[index + 1], 3, padding=1)
        layers += [conv, nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)
