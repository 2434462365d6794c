"""Which part of the face each pixel of a sketch belongs to."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.images import Image
from facepencil.sketch.contour import (
    BROWS,
    EYES,
    JAW,
    LIPS,
    NOSE,
    MeshChains,
    MeshPoints,
    draw_curves,
    hull,
    smooth,
)
from facepencil.strokes.strokes import Facial

REACH = 7 / 256
"""How far around a part its lines may lie, as a share of the side."""
_OUTLINES: dict[Facial, MeshChains] = {
    Facial.LEFT_BROW: BROWS[:1],
    Facial.RIGHT_BROW: BROWS[1:],
    Facial.LEFT_EYE: EYES[:1],
    Facial.RIGHT_EYE: EYES[1:],
    Facial.NOSE: NOSE,
    Facial.MOUTH: LIPS,
}


def part_map(points: MeshPoints | None, size: int) -> Image:
    """The `Facial` part nearest to each pixel, and `REST` beyond the reach of any.

    One distance transform: linear in the pixels.

    Args:
        points: (468, 2) mesh, px of the image; None where it is unreliable, then all is `REST`.
        size: side of the image, px.

    Returns:
        (size, size) uint8.
    """
    if points is None:
        return np.full((size, size), Facial.REST, np.uint8)
    drawn = _drawn(points, size)
    distance, nearest = cv2.distanceTransformWithLabels(
        (drawn == Facial.REST).astype(np.uint8),
        cv2.DIST_L2,
        cv2.DIST_MASK_5,
        labelType=cv2.DIST_LABEL_PIXEL,
    )
    parts = _by_label(drawn, nearest)[nearest]
    return np.where(distance <= REACH * size, parts, Facial.REST).astype(np.uint8)


def _drawn(points: MeshPoints, size: int) -> Image:
    """Parts as filled hulls, and the lower half of the face's oval as a line."""
    canvas = np.full((size, size), Facial.REST, np.uint8)
    canvas[draw_curves([smooth(points[list(JAW)])], size)] = Facial.OUTLINE
    for part, chains in _OUTLINES.items():
        corners = points[[index for chain in chains for index in chain]]
        cv2.fillConvexPoly(canvas, np.rint(hull(corners)).astype(np.int32), int(part))
    return canvas


def _by_label(drawn: Image, nearest: NDArray[np.int32]) -> Image:
    """The part of each label of OpenCV's, which gives every pixel of a part a label of its own."""
    parts = np.full(int(nearest.max()) + 1, Facial.REST, np.uint8)
    inside = drawn != Facial.REST
    parts[nearest[inside]] = drawn[inside]
    return parts
