"""Convolution of maps whose pixels are repeated, without repeating them."""

import torch
import torch.nn.functional as F
from torch import Tensor


def conv_of_repeated(x: Tensor, weight: Tensor, times: int) -> Tensor:
    """What `conv2d`, padded by half the kernel, gives of maps enlarged by repeating pixels.

    Computed at the size of `x`: weights that fall on copies of the same pixel are added up, once
    for each of the times^2 places that an output pixel can have among the copies. Of a 13x13 kernel
    on maps enlarged four times that leaves a seventh of the multiplications.

    Args:
        x: (N, I, H, W).
        weight: (O, I, K, K) with odd K.
        times: how often a pixel is repeated either way.

    Returns:
        (N, O, times H, times W); it differs by rounding alone.
    """
    if times == 1:
        return F.conv2d(x, weight, padding=weight.shape[-1] // 2)
    outputs, inputs, side, _ = weight.shape
    falls = _falls(side, times).to(weight)
    taps = falls.shape[0] // times
    folded = (falls @ weight @ falls.T).view(outputs, inputs, times, taps, times, taps)
    kernel = folded.permute(0, 2, 4, 1, 3, 5).reshape(-1, inputs, taps, taps)
    return F.pixel_shuffle(F.conv2d(x, kernel, padding=taps // 2), times)


def _falls(side: int, times: int) -> Tensor:
    """1 where a weight falls on a pixel: (places x pixels, side)."""
    reach = -(-(side // 2) // times)
    places = torch.arange(times)[:, None, None]
    pixels = torch.arange(-reach, reach + 1)[None, :, None]
    weights = torch.arange(side) - side // 2
    hit = torch.div(places + weights, times, rounding_mode="floor") == pixels
    return hit.float().flatten(0, 1)
