"""Where a mesh says more about a face than edges do."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.sketch.contour import (
    BROW_TOPS,
    BROWS,
    CHIN,
    EYES,
    JAW,
    LIPS,
    NOSE,
    Points,
    draw_curves,
    fill,
    hull,
    smooth,
)
from facepencil.sketch.thin import Lines, drop_specks

DEEP = 11 / 256
"""Depth from which edges of cheeks and nose are ignored: the outline is not quite the mesh's."""
RIM = 3 / 256
"""Depth down to which the outline is drawn even beside an eye or brow."""
NEAR = 7 / 256
"""Distance from a part within which edges repeat it."""
GAP = 8 / 256
"""Distance from any line at which the chin counts as not drawn; all are shares of the side."""


def interior(points: Points, size: int) -> Lines:
    """Where the edges are left out: around the parts, on nose and cheeks; not on the forehead.

    Args:
        points: (468, 2) mesh, px of the image.
        size: side of the image, px.
    """
    whole = fill([hull(points)], size)
    nose_and_mouth = hull(points[[*NOSE[0], *LIPS[0]]])
    middle = fill([points[[*JAW, *BROW_TOPS]], nose_and_mouth], size)
    groups = [*BROWS, *EYES, LIPS[0] + LIPS[1], *NOSE]
    parts = fill([hull(points[list(group)]) for group in groups], size)
    deep = _shrink(whole, DEEP * size) & middle
    close = _shrink(whole, RIM * size) & _grow(parts, NEAR * size)
    return (deep | close) > 0


def missing_chin(points: Points, lines: Lines) -> Lines:
    """The pieces of the mesh's chin that no line of (S, S) `lines` runs along.

    A chin in front of a neck of the same colour has no edge; a face without one looks open.
    """
    size = len(lines)
    gap = max(1, round(GAP * size))
    chin = draw_curves([smooth(points[list(CHIN)])], size)
    return drop_specks(chin & ~(_grow(lines.astype(np.uint8), gap) > 0), 2 * gap)


def grow(mask: Lines, radius: float) -> Lines:
    """Dilation of (H, W) by a disk of `radius` px."""
    return _grow(mask.astype(np.uint8), radius) > 0


def _grow(mask: NDArray[np.uint8], radius: float) -> NDArray[np.uint8]:
    return np.asarray(cv2.dilate(mask, _disk(radius)), np.uint8)


def _shrink(mask: NDArray[np.uint8], radius: float) -> NDArray[np.uint8]:
    return np.asarray(cv2.erode(mask, _disk(radius)), np.uint8)


def _disk(radius: float) -> NDArray[np.uint8]:
    side = 2 * round(radius) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
