"""A drawing in a file to a face in a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from facepencil.config.sketch import SketchSize
from facepencil.images import Image, encode_png
from facepencil.networks.painter import Painter, load_painter
from facepencil.serving.drawing import placed_badly, read_grey, strokes_of
from facepencil.serving.svg_drawing import read_svg
from facepencil.store import write_bytes
from facepencil.strokes.pen import painter_input
from facepencil.strokes.raster import rasterize
from facepencil.strokes.strokes import Strokes
from facepencil.tensors import photo_pixels

RASTER_PX = SketchSize().size
"""Side at which strokes are drawn, as in training by the usual params, unless a model is larger."""


@dataclass(frozen=True)
class PaintedFile:
    """A face in a file.

    Attributes:
        path: of the face.
        advice: what a person should know of the drawing, or empty.
    """

    path: Path
    advice: str


def paint(model: Path, drawings: Sequence[Path], out: Path) -> list[PaintedFile]:
    """Paint the faces of drawings, each as a PNG of the model's size named as its drawing.

    Nothing is written unless all drawings can be read.

    Args:
        model: as written by the stage `train`.
        drawings: images or SVG documents; see `read_drawing`.
        out: folder of the faces; made where there is none.

    Returns:
        The faces, in the order of `drawings`.

    Raises:
        FileNotFoundError: no such model.
        ValueError: the file is no model, a drawing cannot be read or is empty, or its face would
            be written over it or over another's.
        FileExistsError: `out` is a file.
    """
    faces = [out / f"{one.stem}.png" for one in drawings]
    _check_names(drawings, faces)
    if out.exists() and not out.is_dir():
        raise FileExistsError(f"{out}: a file; expected a folder for the faces")
    painter = load_painter(model)
    drawn = [_strokes(one) for one in drawings]
    inputs = np.stack([seen(strokes, painter.model.size) for strokes in drawn])
    out.mkdir(parents=True, exist_ok=True)
    for path, face in zip(faces, _painted(painter, inputs), strict=True):
        write_bytes(path, encode_png(face))
    return [PaintedFile(*one) for one in zip(faces, map(placed_badly, drawn), strict=True)]


def read_drawing(path: Path) -> Strokes:
    """Strokes of a drawing: those of an SVG document as they are, those of an image traced.

    Raises:
        ValueError: names the file, and what was expected of it.
    """
    return read_svg(path) if path.suffix.lower() == ".svg" else strokes_of(read_grey(path))


def paint_drawings(painter: Painter, drawings: Image) -> Image:
    """Faces (N, S, S, 3) of grey drawings (N, H, W), each read as by `strokes_of`."""
    size = painter.model.size
    return _painted(painter, np.stack([seen(strokes_of(one), size) for one in drawings]))


def seen(strokes: Strokes, size: int) -> NDArray[np.float32]:
    """Strokes as a painter of faces of `size` px sees them, drawn by the pen of training.

    Returns:
        (size, size) float32 in [0, 1], stroke 1 and paper 0.
    """
    raster = rasterize(strokes.points, strokes.segments, max(RASTER_PX, size))
    return painter_input(raster, size)


def _strokes(drawing: Path) -> Strokes:
    strokes = read_drawing(drawing)
    if not len(strokes.segments):
        raise ValueError(f"{drawing}: no lines found; expected a drawing in ink or pencil")
    return strokes


def _check_names(drawings: Sequence[Path], faces: Sequence[Path]) -> None:
    first: dict[Path, Path] = {}
    for drawing, face in zip(drawings, faces, strict=True):
        other = first.setdefault(face, drawing)
        if other is not drawing:
            raise ValueError(f"{drawing}: its face would be {face}, as that of {other}")
        if face.resolve() == drawing.resolve():
            raise ValueError(f"{drawing}: its face would be written over it; choose another --out")


@torch.inference_mode()
def _painted(painter: Painter, inputs: NDArray[np.float32]) -> Image:
    """One at a time: then no face depends on its neighbours, to the last bit."""
    tensors: list[Tensor] = [torch.from_numpy(one)[None, None] for one in inputs]
    return np.concatenate([photo_pixels(painter.net(one).image) for one in tensors])
