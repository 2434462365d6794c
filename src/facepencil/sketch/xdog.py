"""Extended difference of Gaussians (XDoG): ink-like lines without a network."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.images import Image

SIGMA = 2.2 / 256
"""Width of the narrow Gaussian, as a share of the side."""
RATIO = 1.6
SHARPNESS = 20.0
LEVEL = 0.5
SLOPE = 12.0


def xdog(rgb: Image) -> NDArray[np.float32]:
    """Ink (H, W), 0 paper to 1 line.

    One minus equations 7 and 5 of Winnemoeller, Kyprianidis and Olsen, Computers & Graphics
    2012, with their names p, epsilon and phi for sharpness, level and slope. The photo is first
    divided by its own wide blur, so that dark skin and hair are not filled with ink.
    """
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    sigma = SIGMA * len(grey)
    even = grey / (cv2.GaussianBlur(grey, (0, 0), 10 * sigma) + 0.1)
    narrow = cv2.GaussianBlur(even, (0, 0), sigma)
    wide = cv2.GaussianBlur(even, (0, 0), RATIO * sigma)
    sharp = (1 + SHARPNESS) * narrow - SHARPNESS * wide
    return np.asarray(-np.tanh(SLOPE * np.minimum(sharp - LEVEL, 0)), np.float32)
