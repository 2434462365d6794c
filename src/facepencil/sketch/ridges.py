"""Lines along the crests (ridges) of a soft edge map."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.sketch.thin import Lines

Soft = NDArray[np.float32]
"""(H, W) confidence that a line runs through each pixel, 0..1."""

BLUR_PX = 1.0
BORDER_PX = 3
WEAK = 0.5


def ridges(soft: Soft, threshold: float) -> Lines:
    """Crests of `soft` above `threshold`, and crests above half of it that touch them (hysteresis).

    Follows Canny (PAMI 1986) with the second derivative's main axis in place of the gradient:
    an edge map has crests where a photo has steps. A threshold and a skeleton alone turn every
    wide or double edge into loops and spurs. The network's zero padding draws lines along the
    image's border, so crests there are ignored.
    """
    smooth = np.asarray(cv2.GaussianBlur(soft, (0, 0), BLUR_PX), np.float32)
    crest = _crests(smooth)
    crest[:BORDER_PX] = crest[-BORDER_PX:] = False
    crest[:, :BORDER_PX] = crest[:, -BORDER_PX:] = False
    return connected(crest & (smooth > WEAK * threshold), smooth > threshold)


def connected(lines: Lines, sure: Lines) -> Lines:
    """The 8-connected pieces of `lines` that have a pixel in `sure`, both (H, W)."""
    count, labels = cv2.connectedComponents(lines.astype(np.uint8), connectivity=8)
    keep = np.zeros(count, np.bool_)
    keep[labels[lines & sure]] = True
    return np.asarray(keep[labels], np.bool_)


def _crests(smooth: NDArray[np.float32]) -> Lines:
    xx, yy, xy = (cv2.Sobel(smooth, cv2.CV_32F, *order) for order in ((2, 0), (0, 2), (1, 1)))
    # The map curves down most across a crest: along the eigenvector of the Hessian's lower value.
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2
    rows, columns = np.indices(smooth.shape, np.float32)
    dx, dy = np.cos(angle), np.sin(angle)
    before = _at(smooth, columns - dx, rows - dy)
    after = _at(smooth, columns + dx, rows + dy)
    # On the foot of a flank that axis runs along the line, but there the map curves up.
    return np.asarray((smooth >= before) & (smooth >= after) & (xx + yy < 0), np.bool_)


def _at(
    smooth: NDArray[np.float32], columns: NDArray[np.float32], rows: NDArray[np.float32]
) -> NDArray[np.float32]:
    border = cv2.BORDER_REPLICATE
    values = cv2.remap(smooth, columns, rows, cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(values, np.float32)
