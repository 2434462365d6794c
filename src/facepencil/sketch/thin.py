"""Lines one pixel wide, without specks."""

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

Lines = NDArray[np.bool_]
"""(H, W), True where a line runs."""


def thin(lines: Lines) -> Lines:
    """Centre lines, one pixel wide and 8-connected (Lee, Kashyap and Chu, CVGIP 1994).

    Zhang and Suen's rules, the usual ones, eat slanted lines two pixels wide from their ends.
    """
    return np.asarray(skeletonize(lines, method="lee"), np.bool_)  # type: ignore[no-untyped-call]


def drop_specks(lines: Lines, shortest: int) -> Lines:
    """Without the 8-connected pieces of fewer than `shortest` pixels."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(lines.astype(np.uint8), connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= shortest
    keep[0] = False
    return np.asarray(keep[labels], np.bool_)
