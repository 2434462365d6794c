"""Where a face mesh is more reliable than detected edges."""

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
    MeshPoints,
    draw_curves,
    fill,
    hull,
    smooth,
)
from facepencil.sketch.ridges import connected
from facepencil.sketch.thin import Lines

DEEP = 11 / 256
"""Depth inside the mesh from which edges of cheeks and nose are ignored: nearer its rim they may
be the face's outline, which the mesh follows only roughly."""
RIM = 3 / 256
"""Depth inside the mesh up to which edges are kept even beside an eye or brow."""
NEAR = 7 / 256
"""Distance from a part (eye, brow, lips, nose) within which edges are taken for the same part."""
GAP = 8 / 256
"""Distance from any line beyond which a piece of the chin counts as missing."""
JOIN = 3 / 256
"""Distance from a line at which a missing piece of the chin ends. All are shares of the side."""


def interior(points: MeshPoints, size: int) -> Lines:
    """Where edges are discarded: around the parts, on nose and cheeks, but not on the forehead.

    Args:
        points: (468, 2) mesh, px of the image.
        size: side of the image, px.
    """
    whole = fill([hull(points)], size)
    nose_and_mouth = hull(points[[*NOSE[0], *LIPS[0]]])
    middle = fill([points[[*JAW, *BROW_TOPS]], nose_and_mouth], size)
    groups = [*BROWS, *EYES, LIPS[0] + LIPS[1], *NOSE]
    parts = fill([hull(points[list(group)]) for group in groups], size)
    depth = distance_to(~whole)
    deep = (depth > DEEP * size) & middle
    close = (depth > RIM * size) & (distance_to(parts) <= NEAR * size)
    return deep | close


def missing_chin(points: MeshPoints, lines: Lines) -> Lines:
    """The pieces of the mesh's chin that are missing from (S, S) `lines`.

    A chin in front of a neck of the same colour has no edge, which leaves the face open.
    """
    size = len(lines)
    chin = draw_curves([smooth(points[list(CHIN)])], size)
    gap = distance_to(lines)
    return connected(chin & (gap > JOIN * size), gap > GAP * size)


def distance_to(mask: Lines) -> NDArray[np.float32]:
    """Distance (H, W), px, from each pixel to the nearest one in `mask`."""
    outside = (~mask).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)
