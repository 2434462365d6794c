"""Between the images of files and the tensors of networks."""

import numpy as np
import torch
from torch import Tensor

from facepencil.images import Image


def photo_tensor(photos: Image) -> Tensor:
    """(N, S, S, 3) uint8 to (N, 3, S, S) float32 in [-1, 1], channels last in memory."""
    return photo_values(torch.from_numpy(photos))


def photo_values(photos: Tensor) -> Tensor:
    """As `photo_tensor`, of a uint8 tensor on any device."""
    return photos.permute(0, 3, 1, 2).float().div(127.5).sub(1)


def photo_pixels(images: Tensor) -> Image:
    """Inverse of `photo_tensor`, rounded; values beyond [-1, 1] are clipped."""
    pixels = images.float().add(1).mul(127.5).round().clamp(0, 255).byte()
    return np.asarray(pixels.permute(0, 2, 3, 1).cpu(), np.uint8)
