"""Operations in two forms: quick on the CPU, and elsewhere with a backward pass exact on CUDA.

CUDA's own backward passes of reflection padding and of max-pooling add in an order that changes
from run to run. The forms here are slices and choices, whose gradients are added in one order.
Its backward pass of padded mean-pooling is wrong where channels are last (torch 2.11).
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def on_cpu(x: Tensor) -> bool:
    """Whether the forms made for a CPU's vector units are worth taking."""
    return x.device.type == "cpu"


def pad_reflect(x: Tensor, px: int) -> Tensor:
    """(N, C, H, W) to (N, C, H + 2 px, W + 2 px), mirrored at the border pixels."""
    if on_cpu(x):
        return F.pad(x, (px, px, px, px), mode="reflect")
    return _mirrored(_mirrored(x, px, 2), px, 3)


def _mirrored(x: Tensor, px: int, dim: int) -> Tensor:
    size = x.shape[dim]
    before = x.narrow(dim, 1, px).flip(dim)
    after = x.narrow(dim, size - 1 - px, px).flip(dim)
    return torch.cat([before, x, after], dim)


def halve_by_max(x: Tensor) -> Tensor:
    """Max-pooling of 2x2: (N, C, H, W) to (N, C, H // 2, W // 2).

    Of equal values the first gets the gradient, in both forms.
    """
    return F.max_pool2d(x, 2) if on_cpu(x) else _chosen(x)


def padded_means(
    x: Tensor, side: int, stride: int, px: int, *, count_padding: bool = True
) -> Tensor:
    """Mean-pooling of channels_last maps padded by `px` zeros, which count or do not.

    CUDA's backward pass of it takes the wrong places where channels are last, in torch 2.11 at
    least (PyTorch issue 188344): elsewhere than on the CPU they are brought to the front first.
    """
    seen = x if on_cpu(x) else x.contiguous()
    means = F.avg_pool2d(seen, side, stride, px, count_include_pad=count_padding)
    return means.contiguous(memory_format=torch.channels_last)


def _chosen(x: Tensor) -> Tensor:
    even = x[..., : x.shape[-2] // 2 * 2, : x.shape[-1] // 2 * 2]
    first, second = even[..., ::2, ::2], even[..., ::2, 1::2]
    third, fourth = even[..., 1::2, ::2], even[..., 1::2, 1::2]
    return _larger(_larger(first, second), _larger(third, fourth))


def _larger(first: Tensor, second: Tensor) -> Tensor:
    return torch.where(first >= second, first, second)


def class_loss(logits: Tensor, truth: Tensor, weights: Tensor, ignored: int) -> Tensor:
    """Weighted mean of the cross-entropy of pixels, a scalar.

    Args:
        logits: (N, C, H, W).
        truth: classes (N, H, W).
        weights: of the classes, (C,).
        ignored: class of pixels that do not count.
    """
    if on_cpu(logits):
        return F.cross_entropy(logits, truth, weights, ignore_index=ignored)
    # CUDA's loss of maps has no exact form, that of rows has.
    rows = logits.permute(0, 2, 3, 1).flatten(0, 2)
    return F.cross_entropy(rows, truth.flatten(), weights, ignore_index=ignored)
