"""ImageNet features of EfficientNet-Lite0, behind FD-EffLite0, KID-EffLite0 and IS-EffLite0.

Written out: to load timm, and all that it imports, takes as long as the rest of stage `evaluate`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from facepencil.pretrained.torch_file import load_tensors

_SIDE_PX = 224
_BN_EPS = 1e-3

# Blocks, kernel, stride, widening inside, channels out of each stage.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


class _Conv(nn.Conv2d):
    """Convolution with the batch norm after it folded in, padded as TensorFlow does."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1
    ) -> None:
        even = (kernel - 1) // 2 if stride == 1 else 0
        super().__init__(inputs, outputs, kernel, stride, even, groups=groups)
        # A step of 2 sees even sides alone here: what padding is odd goes behind.
        before = (kernel - stride) // 2
        after = kernel - stride - before
        self._uneven = [] if stride == 1 else [before, after] * 2

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.pad(x, self._uneven) if self._uneven else x)


class _Block(nn.Module):
    """Inverted residual: widen, filter each channel, narrow; ReLU6 but at the end."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, widen: int) -> None:
        super().__init__()
        inner = inputs * widen
        first = [_Conv(inputs, inner)] if widen > 1 else []
        self.convs = nn.ModuleList(
            [*first, _Conv(inner, inner, kernel, stride, inner), _Conv(inner, outputs)]
        )
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        out = x
        for conv in self.convs[:-1]:
            out = F.relu6(conv(out))
        narrow: Tensor = self.convs[-1](out)
        return x + narrow if self.residual else narrow


class EfficientNetLite0(nn.Module):
    """EfficientNet-B0 with ReLU6 and without squeeze-and-excitation, trained on ImageNet."""

    def __init__(self) -> None:
        """Random weights; `load_efficientnet` reads the trained ones."""
        super().__init__()
        self.stem = _Conv(3, 32, 3, 2)
        self.blocks = nn.Sequential(*_blocks())
        self.head = _Conv(320, 1280)
        self.classifier = nn.Linear(1280, 1000)

    def forward(self, images: Tensor) -> Tensor:
        """Features (N, 1280) of images (N, 3, H, W) in [-1, 1], brought to 224 px."""
        x = F.interpolate(images, (_SIDE_PX, _SIDE_PX), mode="bilinear", antialias=True)
        x = self.blocks(F.relu6(self.stem(x)))
        return F.relu6(self.head(x)).mean(dim=(2, 3))

    def logits(self, features: Tensor) -> Tensor:
        """Scores (N, 1000) of ImageNet's classes, out of features."""
        scores: Tensor = self.classifier(features)
        return scores


def _blocks() -> Iterator[_Block]:
    inputs = 32
    for blocks, kernel, stride, widen, outputs in _STAGES:
        for number in range(blocks):
            yield _Block(inputs, outputs, kernel, 1 if number else stride, widen)
            inputs = outputs


def load_efficientnet(path: Path) -> EfficientNetLite0:
    """The trained network, for inference.

    Raises:
        ValueError: `path` is no checkpoint of EfficientNet-Lite0.
    """
    model = EfficientNetLite0()
    tensors = list(load_tensors(path).values())
    try:
        model.load_state_dict(_folded(tensors, model))
    except (RuntimeError, ValueError) as error:
        raise ValueError(f"{path}: expected the weights of EfficientNet-Lite0: {error}") from error
    return model.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def _folded(tensors: Sequence[Tensor], model: EfficientNetLite0) -> dict[str, Tensor]:
    """The checkpoint by our names, with its batch norms folded into the convolutions.

    It lists its tensors in the order of the layers: a weight and five of a batch norm for each
    convolution, two of the classifier.
    """
    convolutions, rest = divmod(len(tensors) - 2, 6)
    names = list(model.state_dict())
    if rest or 2 * convolutions + 2 != len(names):
        raise ValueError(f"{len(tensors)} tensors")
    found = list(tensors[-2:])
    for place in range(convolutions)[::-1]:
        weight, scale, shift, mean, variance, _ = tensors[6 * place : 6 * place + 6]
        gain = scale / (variance + _BN_EPS).sqrt()
        found = [weight * gain[:, None, None, None], shift - mean * gain, *found]
    return dict(zip(names, found, strict=True))
