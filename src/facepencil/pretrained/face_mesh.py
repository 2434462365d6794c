"""The 468-point face mesh (MediaPipe's `face_landmark`, Apache-2.0)."""

import math
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.images import Image
from facepencil.pretrained.lite_model import LiteModel

MESH_WINDOW_PX = 192
MESH_OUTPUTS = ("conv2d_21", "conv2d_31")
"""Points and the logit of presence."""
GRID_PX = 1 / 16
"""Points are rounded to it, so that whatever decides on them sees the same."""
MARGIN = 1.5
"""Side of the square given to the net, in sides of the face's bounding box (MediaPipe's graph)."""


class Mesh(NamedTuple):
    """A face's points and how much to trust them."""

    points: NDArray[np.float32]
    """(468, 3): x, y in px of the image, z in the same unit, negative towards the viewer; all of
    them whole multiples of `GRID_PX`."""
    presence: float
    """Probability that there is a face where the net looked, 0..1, four decimals."""


class FaceMesh:
    """Finds the mesh of the one face that fills most of an image."""

    def __init__(self, path: Path) -> None:
        """Load the model.

        Raises:
            ValueError: `path` is no LiteRT model.
        """
        self._net = LiteModel(path, MESH_WINDOW_PX, MESH_OUTPUTS)

    def __call__(self, rgb: Image) -> Mesh:
        """Mesh of an RGB (H, W, 3) image: a look at the whole, then one at the face it found.

        On turned faces the second look, straight at the face, moves eyes and mouth to their
        place; it also tells a wrong mesh by its presence, where the first does not.
        """
        height, width = rgb.shape[:2]
        first = self._look(rgb, np.array([width / 2, height / 2]), max(height, width))
        low, high = first.points[:, :2].min(0), first.points[:, :2].max(0)
        return self._look(rgb, (low + high) / 2, MARGIN * float((high - low).max()))

    def _look(self, rgb: Image, centre: NDArray[np.floating], side: float) -> Mesh:
        window = self._net.window_px
        scale = side / window
        corner = centre - side / 2
        to_image = np.array([[scale, 0, corner[0]], [0, scale, corner[1]]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        seen = cv2.warpAffine(
            rgb, to_image, (window, window), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        found, logit = self._net(np.asarray(seen, np.uint8))
        points = found.reshape(-1, 3) * scale
        points[:, :2] += corner
        presence = 1 / (1 + math.exp(-logit.item()))
        return Mesh((np.rint(points / GRID_PX) * GRID_PX).astype(np.float32), round(presence, 4))
