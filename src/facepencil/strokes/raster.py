"""Beziers to pixels."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.strokes.strokes import CANVAS_PX

STEPS = 16
"""Line segments per cubic; a power of two, so that the weights below are exact."""

_SHIFT = 8
_T = np.arange(STEPS + 1) / STEPS
_BERNSTEIN = np.stack([(1 - _T) ** 3, 3 * _T * (1 - _T) ** 2, 3 * _T**2 * (1 - _T), _T**3], axis=1)


def rasterize(
    points: NDArray[np.float32], segments: NDArray[np.int32], size: int, line_px: int = 1
) -> NDArray[np.uint8]:
    """Draw cubic Beziers without anti-aliasing; what lies off the canvas is clipped.

    Points are first rounded to 1/256 px; from there on every product and sum is exact, so all
    machines draw the same pixels, whatever their linear algebra library.

    Args:
        points: (P, 2) canvas px, as in `Strokes`, or as returned by `deform`.
        segments: (S, 4) indices into `points`.
        size: side of the raster, px.
        line_px: width of the round pen, px of the raster.

    Returns:
        (size, size) uint8: stroke 255, paper 0.
    """
    canvas = np.zeros((size, size), np.uint8)
    grid = np.rint(points.astype(np.float64) * (size * 2**_SHIFT / CANVAS_PX) - 2 ** (_SHIFT - 1))
    lines = np.rint(_BERNSTEIN @ grid[segments]).astype(np.int32)
    cv2.polylines(canvas, list(lines), False, 255, 1, cv2.LINE_8, _SHIFT)
    if line_px == 1:
        return canvas
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (line_px, line_px))
    return np.asarray(cv2.dilate(canvas, pen), np.uint8)
