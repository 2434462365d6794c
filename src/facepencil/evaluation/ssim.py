"""Structural similarity (Wang et al., 2004)."""

import torch
from torch import Tensor
from torch.nn import functional as F

_RADIUS, _SIGMA = 5, 1.5
_C1, _C2 = 0.01**2, 0.03**2


def ssim(first: Tensor, second: Tensor) -> Tensor:
    """SSIM (N,) of pairs of images (N, C, S, S) in [0, 1], S at least 11; mean over channels.

    Gaussian window of 11 px, sigma 1.5, wherever it lies inside the image; population variances.
    """
    n, channels = first.shape[:2]
    every = torch.cat([first, second, first * first, second * second, first * second])
    means = _blurred(every.reshape(-1, 1, *first.shape[2:]))
    x, y, xx, yy, xy = means.reshape(5, n, channels, *means.shape[2:])
    luminance = (2 * x * y + _C1) / (x * x + y * y + _C1)
    structure = (2 * (xy - x * y) + _C2) / (xx - x * x + yy - y * y + _C2)
    found: Tensor = (luminance * structure).mean(dim=(1, 2, 3))
    return found


def _blurred(images: Tensor) -> Tensor:
    steps = torch.arange(-_RADIUS, _RADIUS + 1, dtype=images.dtype, device=images.device)
    window = torch.exp(-(steps**2) / (2 * _SIGMA**2))
    window /= window.sum()
    rows = F.conv2d(images, window[None, None, :, None])
    return F.conv2d(rows, window[None, None, None, :])
