"""Sketches as the finder of parts sees them, and the part of each of their pixels."""

import numpy as np
from numpy.typing import NDArray

from facepencil.images import Image, resize
from facepencil.strokes.pen import painter_input
from facepencil.strokes.raster import rasterize
from facepencil.strokes.strokes import Facial, Strokes

FINDER_PX = 64
"""Side of a sketch as the finder sees it."""
FINDER_RASTER_PX = 256
"""Side at which its lines are drawn before they are shrunk."""
NOWHERE = 255
"""Label of paper."""


def finder_input(strokes: Strokes) -> NDArray[np.float32]:
    """(FINDER_PX, FINDER_PX) in [0, 1], stroke 1 and paper 0."""
    raster = rasterize(strokes.points, strokes.segments, FINDER_RASTER_PX)
    return painter_input(raster, FINDER_PX)


def labels_of(strokes: Strokes) -> Image:
    """The `Facial` part of most lines in each pixel of `finder_input`, `NOWHERE` on paper."""
    owners = np.repeat(strokes.parts, np.diff(strokes.starts))
    ink = np.zeros((len(Facial), FINDER_PX, FINDER_PX), np.uint8)
    for part in np.unique(owners):
        raster = rasterize(strokes.points, strokes.segments[owners == part], FINDER_RASTER_PX)
        ink[part] = resize(raster, FINDER_PX)
    return np.where(ink.any(0), ink.argmax(0), NOWHERE).astype(np.uint8)
