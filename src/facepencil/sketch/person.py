"""Who is in front: MediaPipe's selfie segmentation (Apache-2.0), run by LiteRT."""

from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from facepencil.images import Image, resize


class PersonMask:
    """Tells person from background."""

    def __init__(self, path: Path) -> None:
        """Load the model.

        Raises:
            ValueError: `path` is no LiteRT model.
        """
        self._net = Interpreter(str(path), num_threads=1)
        self._net.allocate_tensors()
        self._input = self._net.get_input_details()[0]
        self._output = self._net.get_output_details()[0]

    def __call__(self, rgb: Image) -> NDArray[np.float32]:
        """Probability (H, W) in 0..1 that a pixel of a square RGB image shows the person."""
        window = int(self._input["shape"][1])
        self._net.set_tensor(
            self._input["index"], resize(rgb, window)[None].astype(np.float32) / 255
        )
        self._net.invoke()
        mask = self._net.get_tensor(self._output["index"])[0, :, :, 0]
        size = (rgb.shape[1], rgb.shape[0])
        return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR), np.float32)
