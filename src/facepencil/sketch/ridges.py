"""Lines along the crests of a soft edge map."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.sketch.thin import Lines

Soft = NDArray[np.float32]
"""(H, W), how surely a line runs through each pixel, 0..1."""

BLUR_PX = 1.0
BORDER_PX = 3
WEAK = 0.5


def ridges(soft: Soft, threshold: float) -> Lines:
    """Crests of `soft` that reach `threshold`, and what hangs on to them down to half of it.

    Follows Canny (PAMI 1986) with the second derivative's main axis in place of the gradient:
    an edge map has crests where a photo has steps. A threshold and a skeleton alone turn every
    wide or double edge into loops and spurs. The network's zero padding draws lines along the
    image's border, so nothing is taken from there.
    """
    smooth = np.asarray(cv2.GaussianBlur(soft, (0, 0), BLUR_PX), np.float32)
    crest = _crests(smooth)
    crest[:BORDER_PX] = crest[-BORDER_PX:] = False
    crest[:, :BORDER_PX] = crest[:, -BORDER_PX:] = False
    return _connected(crest & (smooth > WEAK * threshold), smooth > threshold)


def _crests(smooth: NDArray[np.float32]) -> Lines:
    across = _across(smooth)
    rows, columns = np.indices(smooth.shape, np.float32)
    sides = [
        cv2.remap(
            smooth,
            columns + sign * across[0],
            rows + sign * across[1],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        for sign in (-1, 1)
    ]
    return np.asarray((smooth >= sides[0]) & (smooth >= sides[1]), np.bool_)


def _across(smooth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Unit vectors (2, H, W) along which the map curves down most: the Hessian's lowest axis."""
    xx = cv2.Sobel(smooth, cv2.CV_32F, 2, 0)
    yy = cv2.Sobel(smooth, cv2.CV_32F, 0, 2)
    xy = cv2.Sobel(smooth, cv2.CV_32F, 1, 1)
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2
    return np.stack([np.cos(angle), np.sin(angle)])


def _connected(lines: Lines, sure: Lines) -> Lines:
    count, labels = cv2.connectedComponents(lines.astype(np.uint8), connectivity=8)
    keep = np.zeros(count, np.bool_)
    keep[labels[lines & sure]] = True
    return np.asarray(keep[labels], np.bool_)
