"""Drawings in files, of whatever kind, as strokes and as a picture."""

from pathlib import Path
from typing import NamedTuple

from facepencil.images import Image
from facepencil.serving.drawing import read_grey, strokes_of
from facepencil.serving.svg_drawing import read_svg
from facepencil.strokes.raster import rasterize
from facepencil.strokes.strokes import Strokes

PICTURE_PX = 256
"""Side of the picture of a drawing that is none, such as SVG."""
PICTURE_LINE_PX = 2


class DrawingRead(NamedTuple):
    """A drawing: its strokes, and a grey picture (H, W) of it as it was."""

    strokes: Strokes
    picture: Image


def read_drawing(path: Path) -> DrawingRead:
    """A drawing: the strokes of an SVG document as they are, those of an image traced.

    Raises:
        ValueError: it cannot be read or has no lines; names the file, and what was expected of it.
    """
    read = _read_svg(path) if path.suffix.lower() == ".svg" else _read_image(path)
    if not len(read.strokes.segments):
        raise ValueError(f"{path}: no lines found; expected a drawing in ink or pencil")
    return read


def _read_svg(path: Path) -> DrawingRead:
    strokes = read_svg(path)
    raster = rasterize(strokes.points, strokes.segments, PICTURE_PX, PICTURE_LINE_PX)
    return DrawingRead(strokes, 255 - raster)


def _read_image(path: Path) -> DrawingRead:
    grey = read_grey(path)
    return DrawingRead(strokes_of(grey), grey)
