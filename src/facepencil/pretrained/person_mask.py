"""Who is in front: MediaPipe's selfie segmentation (Apache-2.0)."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.images import Image, resize
from facepencil.pretrained.litert import LiteModel


class PersonMask:
    """Tells person from background."""

    def __init__(self, path: Path) -> None:
        """Load the model.

        Raises:
            ValueError: `path` is no LiteRT model.
        """
        self._net = LiteModel(path)

    def __call__(self, rgb: Image) -> NDArray[np.float32]:
        """Probability (H, W) in 0..1 that a pixel of a square RGB image shows the person."""
        mask = self._net(resize(rgb, self._net.window_px))[0][0, :, :, 0]
        return np.asarray(cv2.resize(mask, rgb.shape[1::-1]), np.float32)
