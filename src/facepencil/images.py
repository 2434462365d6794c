"""Images in files: 8-bit PNG, RGB for faces, black on white for sketches."""

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""RGB (H, W, 3) or a single channel (H, W), 0..255."""


def encode_png(image: Image) -> bytes:
    """PNG of an RGB (H, W, 3) or single-channel (H, W) image; equal pixels give equal bytes."""
    pixels = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".png", pixels)[1].tobytes()


def decode_png(data: bytes) -> Image:
    """Inverse of `encode_png`.

    Raises:
        ValueError: the bytes are not an image.
    """
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ValueError("expected the bytes of a PNG image")
    rgb = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    return np.asarray(rgb, np.uint8)


def resize(image: Image, size: int) -> Image:
    """Square image resized to `size` px: area average when shrinking, bicubic when enlarging."""
    if image.shape[:2] == (size, size):
        return image
    shrink = image.shape[0] >= size
    method = cv2.INTER_AREA if shrink else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (size, size), interpolation=method), np.uint8)
