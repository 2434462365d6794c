"""A drawing in a file to a face in a file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from facepencil.config.sketch import SketchSize
from facepencil.images import Image, encode_png
from facepencil.networks.finder_file import Finder, load_finder
from facepencil.networks.painter import Painter, load_painter
from facepencil.serving.drawing import strokes_of
from facepencil.serving.drawing_file import read_drawing
from facepencil.serving.exemplars import Exemplars, read_exemplars
from facepencil.serving.placing import Parts, Placed, place
from facepencil.serving.refine import is_told, refine
from facepencil.serving.seen_sheet import seen_sheet
from facepencil.serving.wishes import NO_WISHES, Wishes, tell_wishes
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
        said: what a person should know of the drawing or of its placing, or empty.
    """

    path: Path
    said: str


@dataclass(frozen=True)
class Refining:
    """How far drawings are drawn towards plausible faces.

    Attributes:
        share: 0 to 1, as for `refine`.
        exemplars: as written by the stage `exemplars`; read only if the share is above 0.
    """

    share: float
    exemplars: Path


def paint(
    model: Path,
    drawings: Sequence[Path],
    out: Path,
    finder: Path | None = None,
    wishes: Wishes = NO_WISHES,
    refining: Refining | None = None,
    as_is: bool = False,
) -> list[PaintedFile]:
    """Paint the faces of drawings, each as a PNG of the model's size named as its drawing.

    Beside each, NAME.seen.png shows what was made of the drawing. Nothing is written unless all
    drawings can be read.

    Args:
        model: as written by the stage `train`.
        drawings: images or SVG documents; see `read_drawing`.
        out: folder of the faces; made where there is none.
        finder: as written by the stage `finder`: drawings are placed with it, else as drawn.
        wishes: of colours and such, for a model that is told of them.
        refining: of the drawings once they are placed, or None.
        as_is: leave drawings where they lie; the finder then tells their parts alone.

    Returns:
        The faces, in the order of `drawings`.

    Raises:
        FileNotFoundError: no such model or finder.
        ShardError: there are no such exemplars.
        ValueError: a file is no model or no finder, a drawing cannot be read or is empty, its face
            would be written over it or over another's picture, or a wish cannot be had.
        FileExistsError: `out` is a file.
    """
    files = [[out / f"{one.stem}.png", out / f"{one.stem}.seen.png"] for one in drawings]
    _check_names(drawings, files)
    if out.exists() and not out.is_dir():
        raise FileExistsError(f"{out}: a file; expected a folder for the faces")
    painter = load_painter(model)
    told = _told(painter, wishes, model)
    read = _prepared(drawings, finder, refining, as_is)
    size = painter.model.size
    inputs = np.stack([seen(one.lying.strokes, size) for one in read])
    faces = _painted(painter, inputs, told)
    out.mkdir(parents=True, exist_ok=True)
    for one, face, own in zip(read, faces, files, strict=True):
        sheet = seen_sheet(one.picture, one.strokes, one.parts, one.lying, face)
        write_bytes(own[0], encode_png(face))
        write_bytes(own[1], encode_png(sheet))
    return [PaintedFile(own[0], one.lying.said) for own, one in zip(files, read, strict=True)]


def paint_drawings(painter: Painter, drawings: Image, wishes: Wishes = NO_WISHES) -> Image:
    """Faces (N, S, S, 3) of grey drawings (N, H, W), each read as by `strokes_of`.

    Raises:
        ValueError: a wish cannot be had; see `tell_wishes`.
    """
    inputs = np.stack([seen(strokes_of(one), painter.model.size) for one in drawings])
    return _painted(painter, inputs, tell_wishes(painter, wishes))


def seen(strokes: Strokes, size: int) -> NDArray[np.float32]:
    """Strokes as a painter of faces of `size` px sees them, drawn by the pen of training.

    Returns:
        (size, size) float32 in [0, 1], stroke 1 and paper 0.
    """
    raster = rasterize(strokes.points, strokes.segments, max(RASTER_PX, size))
    return painter_input(raster, size)


def _told(painter: Painter, wishes: Wishes, model: Path) -> Tensor | None:
    try:
        return tell_wishes(painter, wishes)
    except ValueError as error:
        raise ValueError(f"{model}: {error}") from error


class _Prepared(NamedTuple):
    """A drawing as it was, the parts that its strokes were found to be, and what is painted."""

    picture: Image
    strokes: Strokes
    parts: Parts
    lying: Placed


def _prepared(
    drawings: Sequence[Path], finder: Path | None, refining: Refining | None, as_is: bool
) -> list[_Prepared]:
    """The drawings in files, placed and refined."""
    share = refining.share if refining else 0.0
    finding = load_finder(finder) if finder and (share or not as_is) else None
    read = [read_drawing(one) for one in drawings]
    placed = [_left(one.strokes, finding) if as_is else place(one.strokes, finding) for one in read]
    lacks = "no part of a face was found" if finding else "parts are found by a finder (--finder)"
    drawn = _refined(placed, refining, lacks)
    return [
        _Prepared(one.picture, one.strokes, parts.strokes.parts, lying)
        for one, parts, lying in zip(read, placed, drawn, strict=True)
    ]


def _left(strokes: Strokes, finding: Finder | None) -> Placed:
    """A drawing where it lies, its parts told if there is a finder."""
    parts = place(strokes, finding).strokes.parts
    return replace(place(strokes, None), strokes=replace(strokes, parts=parts))


def _refined(drawings: list[Placed], how: Refining | None, lacks: str) -> list[Placed]:
    if how is None or how.share == 0:
        return drawings
    known = read_exemplars(how.exemplars)
    return [_refined_one(one, how.share, known, lacks) for one in drawings]


def _refined_one(drawing: Placed, share: float, known: Exemplars, lacks: str) -> Placed:
    said = drawing.said if is_told(drawing.strokes) else f"not refined: {lacks}"
    return replace(drawing, strokes=refine(drawing.strokes, share, known), said=said)


def _check_names(drawings: Sequence[Path], files: Sequence[Sequence[Path]]) -> None:
    """Each of `files` are the face and the sheet of a drawing."""
    first: dict[Path, Path] = {}
    for drawing, own in zip(drawings, files, strict=True):
        for path in own:
            other = first.setdefault(path, drawing)
            if other is not drawing:
                raise ValueError(f"{drawing}: its face would be {path}, as that of {other}")
            _check_spared(path, drawings)


def _check_spared(path: Path, drawings: Sequence[Path]) -> None:
    for drawing in drawings:
        if path.resolve() == drawing.resolve():
            raise ValueError(f"{drawing}: its face would be written over it; choose another --out")


@torch.inference_mode()
def _painted(painter: Painter, inputs: NDArray[np.float32], told: Tensor | None) -> Image:
    """One at a time, on one thread: no face depends on its neighbours or on the number of cores."""
    tensors: list[Tensor] = [torch.from_numpy(one)[None, None] for one in inputs]
    with _one_thread():
        return np.concatenate([photo_pixels(painter.net(one, told).image) for one in tensors])


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums of layer norm depend on how many threads share them."""
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(usual)
