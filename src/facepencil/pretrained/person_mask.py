"""Who is in front: MediaPipe's selfie segmentation (Apache-2.0)."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.images import Image, resize
from facepencil.pretrained.lite_model import LiteModel

MASK_WINDOW_PX = 256
MASK_OUTPUTS = ("activation_10",)


class PersonMask:
    """Tells person from background."""

    def __init__(self, path: Path) -> None:
        """Load the model.

        Raises:
            ValueError: `path` is no LiteRT model.
        """
        self._net = LiteModel(path, MASK_WINDOW_PX, MASK_OUTPUTS)

    def __call__(self, rgb: Image) -> NDArray[np.float32]:
        """Probability (H, W) in 0..1 that a pixel of a square RGB image shows the person.

        It is rounded to 8 bits before it is resized, so that whatever decides on it sees the same.
        """
        mask = self._net(resize(rgb, self._net.window_px))[0][0, 0]
        rounded = np.rint(mask * 255) / np.float32(255)
        return np.asarray(cv2.resize(rounded, rgb.shape[1::-1]), np.float32)
