"""Small networks in LiteRT's format, run by OpenCV, whose kernels can be capped.

LiteRT's own kernels (XNNPACK) go by the processor, and nothing caps them.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.images import Image


class LiteModel:
    """A network of one square RGB input and any number of outputs."""

    def __init__(self, path: Path, window_px: int, outputs: tuple[str, ...]) -> None:
        """Load the model.

        Args:
            path: of the file.
            window_px: side of the input.
            outputs: names of those wanted.

        Raises:
            ValueError: `path` is no LiteRT model, or lacks an output.
        """
        self.window_px, self._outputs = window_px, outputs
        try:
            self._net = cv2.dnn.readNetFromTFLite(str(path), cv2.dnn.ENGINE_CLASSIC)
        except cv2.error as error:
            raise ValueError(f"{path}: expected a LiteRT model: {error}") from error
        if missing := set(outputs) - set(self._net.getUnconnectedOutLayersNames()):
            raise ValueError(f"{path}: expected a LiteRT model with the outputs {sorted(missing)}")

    def __call__(self, rgb: Image) -> list[NDArray[np.float32]]:
        """The outputs (1, C, H, W) for an RGB image (window_px, window_px, 3), seen as 0..1."""
        self._net.setInput(cv2.dnn.blobFromImage(rgb, 1 / 255))
        return [np.asarray(found, np.float32) for found in self._net.forward(self._outputs)]
