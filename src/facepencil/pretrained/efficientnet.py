"""ImageNet features of EfficientNet-Lite0, behind FD-EffLite0 and KID-EffLite0."""

from collections import OrderedDict
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

FEATURES = 1280
_SIDE_PX = 224
# Repeats, kernel, stride, expansion, channels (table 1 of the EfficientNet paper, B0).
_GROUPS = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


class EfficientNetLite0(nn.Module):
    """EfficientNet-B0 with ReLU6 and without squeeze-and-excitation, trained on ImageNet.

    Parts are named as in the checkpoint, so that it loads as it is.
    """

    def __init__(self) -> None:
        """Random weights; `load_efficientnet` reads the trained ones."""
        super().__init__()
        self._conv_stem, self._bn0 = _conv(3, 32, 3, 2), _norm(32)
        blocks, before = [], 32
        for repeats, kernel, stride, expansion, channels in _GROUPS:
            for i in range(repeats):
                blocks.append(_Block(before, channels, kernel, 1 if i else stride, expansion))
                before = channels
        self._blocks = nn.Sequential(*blocks)
        self._conv_head, self._bn1 = _conv(before, FEATURES, 1), _norm(FEATURES)
        self._fc = nn.Linear(FEATURES, 1000)

    def forward(self, images: Tensor) -> Tensor:
        """Features (N, 1280) of images (N, 3, H, W) in [-1, 1], brought to 224 px."""
        x = F.interpolate(images, (_SIDE_PX, _SIDE_PX), mode="bilinear", antialias=True)
        x = F.relu6(self._bn0(self._conv_stem(x)))
        x = F.relu6(self._bn1(self._conv_head(self._blocks(x))))
        return x.mean(dim=(2, 3))

    def logits(self, features: Tensor) -> Tensor:
        """Scores (N, 1000) of ImageNet's classes: they tell whether the weights sit right."""
        scores: Tensor = self._fc(features)
        return scores


class _Block(nn.Sequential):
    """Inverted residual: expand the channels, filter each, project."""

    def __init__(self, before: int, after: int, kernel: int, stride: int, expansion: int) -> None:
        inner = before * expansion
        parts: OrderedDict[str, nn.Module] = OrderedDict()
        if expansion > 1:
            parts |= {
                "_expand_conv": _conv(before, inner),
                "_bn0": _norm(inner),
                "a0": nn.ReLU6(inplace=True),
            }
        parts |= {"_depthwise_conv": _conv(inner, inner, kernel, stride, inner)}
        parts |= {"_bn1": _norm(inner), "a1": nn.ReLU6(inplace=True)}
        parts |= {"_project_conv": _conv(inner, after), "_bn2": _norm(after)}
        super().__init__(parts)
        self._adds = stride == 1 and before == after

    def forward(self, x: Tensor) -> Tensor:
        after = x
        for part in self:
            after = part(after)
        return x + after if self._adds else after


class _SamePadded(nn.Conv2d):
    """Stride 2 as TensorFlow pads it at even sizes: the odd pixel at the right and the bottom."""

    def forward(self, x: Tensor) -> Tensor:
        spare = self.kernel_size[0] - 2
        before, after = spare // 2, spare - spare // 2
        return super().forward(F.pad(x, (before, after, before, after)))


def _conv(before: int, after: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    if stride == 2:
        return _SamePadded(before, after, kernel, stride, groups=groups, bias=False)
    return nn.Conv2d(before, after, kernel, padding=kernel // 2, groups=groups, bias=False)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


def load_efficientnet(path: Path) -> EfficientNetLite0:
    """The trained network, for inference.

    Raises:
        RuntimeError: `path` is no checkpoint of EfficientNet-Lite0.
    """
    network = EfficientNetLite0()
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
