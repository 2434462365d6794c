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
    MeshPoints,
    draw_curves,
    fill,
    hull,
    smooth,
)
from facepencil.sketch.ridges import connected
from facepencil.sketch.thin import Lines

DEEP = 11 / 256
"""Depth from which edges of cheeks and nose are ignored: the outline is not quite the mesh's."""
RIM = 3 / 256
"""Depth down to which the outline is drawn even beside an eye or brow."""
NEAR = 7 / 256
"""Distance from a part within which edges repeat it."""
GAP = 8 / 256
"""Distance from any line at which the chin counts as not drawn."""
JOIN = 3 / 256
"""Distance from a line up to which a missing piece of chin goes; all are shares of the side."""


def interior(points: MeshPoints, size: int) -> Lines:
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
    depth = away(~whole)
    deep = (depth > DEEP * size) & middle
    close = (depth > RIM * size) & (away(parts) <= NEAR * size)
    return deep | close


def missing_chin(points: MeshPoints, lines: Lines) -> Lines:
    """The pieces of the mesh's chin that no line of (S, S) `lines` runs along.

    A chin in front of a neck of the same colour has no edge; a face without one looks open.
    """
    size = len(lines)
    chin = draw_curves([smooth(points[list(CHIN)])], size)
    gap = away(lines)
    return connected(chin & (gap > JOIN * size), gap > GAP * size)


def away(mask: Lines) -> NDArray[np.float32]:
    """Distance (H, W), px, from each pixel to the nearest of `mask`."""
    outside = (~mask).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)
