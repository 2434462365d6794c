"""LPIPS-Alex, version 0.1: how different two images look (Zhang et al., CVPR 2018)."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from facepencil.pretrained.unpickle import load_arrays

# Channels in, channels out, kernel, stride of AlexNet's convolutions.
_CONVOLUTIONS = (
    (3, 64, 11, 4),
    (64, 192, 5, 1),
    (192, 384, 3, 1),
    (384, 256, 3, 1),
    (256, 256, 3, 1),
)
_POOLED_BEFORE = (1, 2)
# ImageNet's mean and standard deviation, for images in [-1, 1].
_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)


class LpipsAlex(nn.Module):
    """Weighted squared distance of AlexNet's channel-normalised features, mean over positions."""

    shift: Tensor
    scale: Tensor

    def __init__(self) -> None:
        """Random weights; `load_lpips` reads the trained ones."""
        super().__init__()
        self.trunk = nn.ModuleList(
            nn.Conv2d(before, after, kernel, stride, 2 if kernel > 3 else 1)
            for before, after, kernel, stride in _CONVOLUTIONS
        )
        self.heads = nn.ModuleList(
            nn.Conv2d(after, 1, 1, bias=False) for _, after, _, _ in _CONVOLUTIONS
        )
        self.register_buffer("shift", torch.tensor(_SHIFT).view(1, 3, 1, 1))
        self.register_buffer("scale", torch.tensor(_SCALE).view(1, 3, 1, 1))

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Distance (N,) of two batches (N, 3, H, W) in [-1, 1]; H and W at least 31 px."""
        pairs = zip(self._features(first), self._features(second), strict=True)
        parts = [
            head((a - b).square()).mean(dim=(1, 2, 3))
            for head, (a, b) in zip(self.heads, pairs, strict=True)
        ]
        return torch.stack(parts).sum(dim=0)

    def _features(self, images: Tensor) -> list[Tensor]:
        x, found = (images - self.shift) / self.scale, []
        for i, convolution in enumerate(self.trunk):
            if i in _POOLED_BEFORE:
                x = F.max_pool2d(x, 3, 2)
            x = F.relu(convolution(x))
            found.append(x / (x.square().sum(dim=1, keepdim=True).sqrt() + 1e-10))
        return found


def load_lpips(path: Path) -> LpipsAlex:
    """The trained distance, for inference, from a pickle of arrays (`alexnet_lpips.ckpt`).

    Raises:
        ValueError: `path` does not hold these weights.
    """
    arrays, network = load_arrays(path), LpipsAlex()
    names = {f"trunk.{i}.weight": f"AlexNet_0/Conv_{i}/kernel" for i in range(5)}
    names |= {f"trunk.{i}.bias": f"AlexNet_0/Conv_{i}/bias" for i in range(5)}
    names |= {f"heads.{i}.weight": f"NetLinLayer_{i}/Conv_0/kernel" for i in range(5)}
    if missing := sorted(set(names.values()) - set(arrays)):
        raise ValueError(f"{path}: expected the weights of LPIPS-Alex, {missing} are not there")
    for name, source in names.items():
        array = torch.from_numpy(arrays[source])
        # Files keep kernels as height, width, in, out.
        network.get_parameter(name).data.copy_(
            array.permute(3, 2, 0, 1) if array.ndim == 4 else array
        )
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
