"""Canny edges: a baseline that needs no network."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.images import Image
from facepencil.sketch.thin import Lines

BLUR = 1.8 / 256
"""Sigma of the blur before the gradient, as a share of the side."""
LOW, HIGH = 20, 60
"""Thresholds of the Sobel gradient's L2 length, in grey levels (0..255) per pixel, times 8."""


def canny(rgb: Image) -> tuple[NDArray[np.float32], Lines]:
    """Gradient length (H, W), 1 where it is longest, and edges (Canny, PAMI 1986)."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    smooth = cv2.GaussianBlur(grey, (0, 0), BLUR * len(grey))
    dx, dy = (cv2.Sobel(smooth, cv2.CV_16S, *axis) for axis in ((1, 0), (0, 1)))
    edges = cv2.Canny(np.asarray(dx), np.asarray(dy), LOW, HIGH, L2gradient=True) > 0
    length = np.hypot(dx, dy).astype(np.float32)
    return length / np.float32(max(length.max(), 1)), edges
