"""The 468-point face mesh (MediaPipe's `face_landmark`, Apache-2.0), run by LiteRT."""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from facepencil.images import Image

MARGIN = 1.5
"""Side of the square given to the net, in sides of the face's bounding box (MediaPipe's graph)."""


class Mesh(NamedTuple):
    """A face's points and how much to trust them."""

    points: NDArray[np.float32]
    """(468, 3): x, y in px of the image, z in the same unit, negative towards the viewer."""
    presence: float
    """Probability that there is a face where the net looked, 0..1."""


class FaceMesh:
    """Finds the mesh of the one face that fills most of an image."""

    def __init__(self, path: Path) -> None:
        """Load the model.

        Raises:
            ValueError: `path` is no LiteRT model.
        """
        self._net = Interpreter(str(path), num_threads=1)
        self._net.allocate_tensors()
        self._input = self._net.get_input_details()[0]
        self._points, self._presence = self._net.get_output_details()[:2]

    def __call__(self, rgb: Image) -> Mesh:
        """Mesh of an RGB (H, W, 3) image: a look at the whole, then one at the face it found.

        The net is trained on faces that fill two thirds of its window, which a crop with hair
        does not offer; the second look brings eyes and mouth to the right scale.
        """
        height, width = rgb.shape[:2]
        first = self._look(rgb, np.array([width / 2, height / 2]), max(height, width))
        low, high = first.points[:, :2].min(0), first.points[:, :2].max(0)
        return self._look(rgb, (low + high) / 2, MARGIN * float((high - low).max()))

    def _look(self, rgb: Image, centre: NDArray[np.floating], side: float) -> Mesh:
        window = int(self._input["shape"][1])
        scale = side / window
        corner = centre - side / 2
        to_image = np.array([[scale, 0, corner[0]], [0, scale, corner[1]]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        seen = cv2.warpAffine(
            rgb, to_image, (window, window), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        self._net.set_tensor(self._input["index"], seen[None].astype(np.float32) / 255)
        self._net.invoke()
        points = self._net.get_tensor(self._points["index"]).reshape(-1, 3) * scale
        points[:, :2] += corner
        logit = float(self._net.get_tensor(self._presence["index"]).item())
        return Mesh(points.astype(np.float32), float(1 / (1 + np.exp(-logit))))
