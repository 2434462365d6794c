"""Layers that the networks are built from, as in pix2pixHD (Wang et al., CVPR 2018)."""

from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

from facepencil.exact import on_cpu, pad_reflect

INIT_DEVIATION = 0.02
"""Standard deviation of initial weights, N(0, 0.02)."""
MAX_GROWTH = 8
"""Channels stop doubling at 8 times the first layer's."""


class _Normalise(torch.autograd.Function):
    """Instance norm that keeps channels_last maps as they are; torch's converts them and back.

    The scale is an output as well: its backward pass can be differentiated then.
    """

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, eps: float) -> tuple[Tensor, Tensor]:
        centred = x - x.mean((2, 3), keepdim=True)
        scale = (centred.square().mean((2, 3), keepdim=True) + eps).rsqrt()
        normal = centred.mul_(scale)
        ctx.save_for_backward(normal, scale)
        ctx.set_materialize_grads(False)
        return normal, scale

    @staticmethod
    def backward(ctx: FunctionCtx, *grads: Tensor | None) -> tuple[Tensor | None, None]:
        normal, scale = ctx.saved_tensors  # type: ignore[attr-defined]
        grad, of_scale = grads
        total = None
        if grad is not None:
            slope = (grad * normal).mean((2, 3), keepdim=True)
            level = grad.mean((2, 3), keepdim=True)
            total = (grad - level).addcmul_(normal, slope, value=-1).mul_(scale)
        if of_scale is not None:
            own = normal * scale.square() * (of_scale / -normal[0, 0].numel())
            total = own if total is None else total + own
        return total, None


class InstanceNorm(nn.Module):
    """Zero mean and unit variance of every channel of every image; without learned parameters."""

    def __init__(self, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape; 16-bit maps are converted to 32 bits first."""
        full = x.to(torch.promote_types(x.dtype, torch.float32))
        # Torch's own refuses maps of one pixel, which ours sets to 0.
        if not on_cpu(x) and x[0, 0].numel() > 1:
            return F.instance_norm(full, eps=self.eps)
        normal: Tensor
        normal, _ = _Normalise.apply(full, self.eps)
        return normal


class LayerNorm(nn.GroupNorm):
    """Zero mean and unit variance of all channels of an image together.

    Then a learned scale and shift of each channel.
    Unlike instance norm it keeps how the channels' means differ, and with them what is the same
    all over an image (the decoders of Huang et al., MUNIT, ECCV 2018).
    """

    def __init__(self, channels: int) -> None:
        super().__init__(1, channels)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape; 16-bit maps are converted to 32 bits first."""
        return super().forward(x.to(torch.promote_types(x.dtype, torch.float32)))


class ReflectConv2d(nn.Conv2d):
    """Convolution that keeps (or halves) the size, mirrored at the border."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        padded = pad_reflect(x, self.kernel_size[0] // 2)
        return F.conv2d(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


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
    kind = nn.Conv2d if pad == "zeros" else ReflectConv2d
    conv = kind(
        inputs, outputs, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False
    )
    return nn.Sequential(conv, InstanceNorm(), nn.ReLU())


class ToldScale(nn.Module):
    """Scale and shift of every channel, linear in what is told beside the sketch.

    Constant planes beside the sketch would not outlive an instance norm (Huang and Belongie, ICCV
    2017). All weights start at 0, where nothing is changed; none is drawn at random, so that the
    other weights are those of a net that is told nothing.
    """

    def __init__(self, told: int, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2 * channels, told))
        self.bias = nn.Parameter(torch.zeros(2 * channels))

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        """(N, C, H, W) and (N, T) to (N, C, H, W)."""
        scale, shift = F.linear(told, self.weight, self.bias)[:, :, None, None].chunk(2, 1)
        return x * (1 + scale) + shift


class ResidualBlock(nn.Module):
    """x + norm(conv(relu(norm(conv(x))))), reflect padding; `ToldScale` after the first norm."""

    def __init__(self, channels: int, told: int = 0) -> None:
        super().__init__()
        self.inner = conv_norm(channels, channels, pad="reflect")
        self.outer = conv_norm(channels, channels, pad="reflect")[:2]
        self.told = ToldScale(told, channels) if told else None

    def forward(self, x: Tensor, told: Tensor | None = None) -> Tensor:
        """(N, C, H, W) to the same shape; `told` is (N, T), None where nothing is told."""
        change: Tensor = self.outer(scaled_norm(self.inner, self.told, x, told))
        return x + change


def scaled_norm(
    layers: nn.Module, scale: nn.Module | None, x: Tensor, told: Tensor | None
) -> Tensor:
    """Of convolution, norm and ReLU the output, with `ToldScale` after the norm if there is one."""
    if scale is None or told is None:
        plain: Tensor = layers(x)
        return plain
    conv, norm, relu = layers.children()
    scaled: Tensor = relu(scale(norm(conv(x)), told))
    return scaled


class NearestUpConv(nn.Module):
    """Doubles the size by repeating pixels, then convolves 3x3 (no checkerboard).

    On the CPU computed as one 4x4 transposed convolution, whose weights are sums of the 3x3 weights
    that fall on copies of the same pixel: 4/9 of the multiplications, and no repeated pixels are
    stored.
    """

    taps: Tensor

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        line = torch.tensor([[0.0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]])
        self.register_buffer("taps", torch.kron(line, line), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, 2H, 2W)."""
        if not on_cpu(x):
            plain: Tensor = self.conv(F.interpolate(x, scale_factor=2.0))
            return plain
        inputs, outputs = self.conv.in_channels, self.conv.out_channels
        kernel = self.taps @ self.conv.weight.permute(0, 2, 3, 1).flatten(1, 2)
        kernel = kernel.view(outputs, 4, 4, inputs).permute(3, 0, 1, 2)
        return F.conv_transpose2d(x, kernel, stride=2, padding=1)


class ToImage(nn.Module):
    """Reflect-padded conv7 to three channels, and tanh.

    On the CPU computed as a stride-2 convolution with twelve channels, the kernel in its four
    positions: three output channels alone would leave most of a vector unit idle.
    """

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, 3, 7)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, S, S) with even S to images (N, 3, S, S) in [-1, 1]."""
        weight, bias = self.conv.weight, self.conv.bias
        padded = pad_reflect(x, 3)
        if not on_cpu(x):
            return F.conv2d(padded, weight, bias).tanh()
        places = [F.pad(weight, (i, 1 - i, j, 1 - j)) for j in (0, 1) for i in (0, 1)]
        kernel = torch.stack(places, 1).flatten(0, 1)
        assert bias is not None
        image = F.conv2d(padded, kernel, bias.repeat_interleave(4), stride=2)
        return F.pixel_shuffle(image, 2).tanh()


def up_norm(
    inputs: int,
    outputs: int,
    kind: Literal["nearest", "transposed"],
    norm: Literal["instance", "layer"] = "instance",
) -> nn.Sequential:
    """Doubles the size, then a norm and ReLU; `transposed` and instance norm are the paper's."""
    conv: nn.Module = NearestUpConv(inputs, outputs)
    if kind == "transposed":
        conv = nn.ConvTranspose2d(
            inputs, outputs, 3, stride=2, padding=1, output_padding=1, bias=False
        )
    return nn.Sequential(
        conv, InstanceNorm() if norm == "instance" else LayerNorm(outputs), nn.ReLU()
    )


def layer_outputs(layers: Iterable[Callable[[Tensor], Tensor]], x: Tensor) -> list[Tensor]:
    """The output of every layer, each applied to that of the one before, the first to `x`."""
    return list(accumulate(layers, lambda before, layer: layer(before), initial=x))[1:]


def initialise(net: nn.Module) -> None:
    """Draw convolution weights from N(0, 0.02) with torch's generator; zero the biases."""
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0, INIT_DEVIATION)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
