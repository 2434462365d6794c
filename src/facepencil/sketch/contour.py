"""Parts of a face as smooth curves through points of its mesh."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.sketch.thin import Lines

MeshPoints = NDArray[np.float32]
"""(n, 2) x, y in px of the image."""
MeshChains = tuple[tuple[int, ...], ...]
"""Indices of mesh points along curves; a chain that ends where it began is closed."""

BROWS: MeshChains = (
    (46, 53, 52, 65, 55, 107, 66, 105, 63, 70, 46),
    (276, 283, 282, 295, 285, 336, 296, 334, 293, 300, 276),
)
EYES: MeshChains = (
    (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246, 33),
    (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466, 263),
)
LIPS: MeshChains = (
    (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291),
    (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291),
    (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
    (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
)
NOSE: MeshChains = ((49, 48, 64, 98, 97, 2, 326, 327, 294, 278, 279),)
CHIN = (172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397)
JAW = (356, 454, 323, 361, 288, *CHIN[::-1], 58, 132, 93, 234, 127)
"""The lower half of the face's oval, from the left temple over the chin to the right one."""
BROW_TOPS = (70, 63, 105, 66, 107, 336, 296, 334, 293, 300)
FACE_PARTS = BROWS + EYES + LIPS + NOSE

_SHIFT = 4
_STEPS = 6


def draw(points: MeshPoints, chains: MeshChains, size: int) -> Lines:
    """Chains of mesh points as curves one pixel wide on a (size, size) canvas."""
    return draw_curves([smooth(points[list(chain)]) for chain in chains], size)


def draw_curves(curves: list[MeshPoints], size: int) -> Lines:
    """Polylines one pixel wide on a (size, size) canvas; integer coordinates are pixel centres."""
    canvas = np.zeros((size, size), np.uint8)
    fixed = [np.rint(curve * 2**_SHIFT).astype(np.int32) for curve in curves]
    cv2.polylines(canvas, fixed, False, 1, 1, cv2.LINE_8, _SHIFT)
    return canvas > 0


def smooth(corners: MeshPoints) -> MeshPoints:
    """Catmull-Rom curve through `corners`, six points per span; closed if its ends coincide.

    Source: Catmull and Rom, A class of local interpolating splines, 1974.
    """
    closed = bool((corners[0] == corners[-1]).all())
    before = corners[-2] if closed else 2 * corners[0] - corners[1]
    after = corners[1] if closed else 2 * corners[-1] - corners[-2]
    padded = np.vstack([before, corners, after])
    a, b, c, d = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = (np.arange(_STEPS) / _STEPS)[:, None, None]
    cubic = -a + 3 * b - 3 * c + d
    spans = b + 0.5 * (t * (c - a) + t**2 * (2 * a - 5 * b + 4 * c - d) + t**3 * cubic)
    return np.vstack([spans.swapaxes(0, 1).reshape(-1, 2), corners[-1:]]).astype(np.float32)


def hull(points: MeshPoints) -> MeshPoints:
    """Corners of the convex hull."""
    return np.asarray(cv2.convexHull(points)[:, 0], np.float32)


def fill(polygons: list[MeshPoints], size: int) -> Lines:
    """True inside the polygons, on a (size, size) canvas."""
    canvas = np.zeros((size, size), np.uint8)
    for polygon in polygons:
        cv2.fillPoly(canvas, [np.rint(polygon).astype(np.int32)], 1)
    return canvas > 0
