"""Layers the networks are built of (pix2pixHD's forms; see paper.md, networks)."""

from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

INIT_DEVIATION = 0.02
"""Standard deviation of initial weights, N(0, 0.02)."""


class InstanceNorm(nn.Module):
    """Zero mean and unit variance of every channel of every image; nothing is learned."""

    def __init__(self, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        return F.instance_norm(x, eps=self.eps)


def conv_norm(
    inputs: int,
    outputs: int,
    kernel: int = 3,
    *,
    stride: int = 1,
    pad: Literal["zeros", "reflect"] = "zeros",
    groups: int = 1,
) -> nn.Sequential:
    """Convolution that keeps (or halves) the size, instance norm, ReLU.

    The norm would cancel a bias, so there is none.
    """
    conv = nn.Conv2d(
        inputs,
        outputs,
        kernel,
        stride=stride,
        padding=kernel // 2,
        padding_mode=pad,
        groups=groups,
        bias=False,
    )
    return nn.Sequential(conv, InstanceNorm(), nn.ReLU(inplace=True))


class ResidualBlock(nn.Module):
    """x + norm(conv(relu(norm(conv(x))))), reflect padding."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.inner = conv_norm(channels, channels, pad="reflect")
        self.outer = conv_norm(channels, channels, pad="reflect")[:2]

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        change: Tensor = self.outer(self.inner(x))
        return x + change


class NearestUpConv(nn.Module):
    """Doubles the size by repeating pixels, then convolves 3x3 (no checkerboard)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, 2H, 2W)."""
        grown: Tensor = self.conv(F.interpolate(x, scale_factor=2))
        return grown


def up_norm(inputs: int, outputs: int, kind: Literal["nearest", "transposed"]) -> nn.Sequential:
    """Doubles the size, then instance norm and ReLU; `transposed` is the paper's."""
    conv: nn.Module = NearestUpConv(inputs, outputs)
    if kind == "transposed":
        conv = nn.ConvTranspose2d(
            inputs, outputs, 3, stride=2, padding=1, output_padding=1, bias=False
        )
    return nn.Sequential(conv, InstanceNorm(), nn.ReLU(inplace=True))


def initialise(net: nn.Module) -> None:
    """Draw convolution weights from N(0, 0.02) with torch's generator; zero the biases."""
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0, INIT_DEVIATION)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
