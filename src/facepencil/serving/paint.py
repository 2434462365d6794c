"""A drawing in a file to a face in a file."""

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from facepencil.images import Image, encode_png, resize
from facepencil.networks.painter import Painter, load_painter
from facepencil.store import write_bytes
from facepencil.strokes.pen import painter_input
from facepencil.tensors import photo_pixels


def read_drawing(path: Path, size: int) -> Tensor:
    """A drawing of any size, dark on light or light on dark, as a painter sees it.

    Transparent parts are paper; what is not square is padded with paper, kept in the middle. Ink
    and paper are told apart by Otsu's threshold, so grey pencil and yellow paper will do.

    Returns:
        (1, 1, size, size) float32 in [0, 1], stroke 1 and paper 0.

    Raises:
        ValueError: no such file, or not an image.
    """
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) if path.is_file() else None
    if pixels is None:
        raise ValueError(f"{path}: expected a drawing as PNG, JPEG or WebP")
    deep = pixels.dtype == np.uint16
    return _seen_by_painter(_grey(np.asarray(pixels / 257 if deep else pixels, np.uint8)), size)


def _seen_by_painter(grey: Image, size: int) -> Tensor:
    raster = _square(_ink(grey))
    if raster.shape[0] < size:
        raster = resize(raster, size)
    return torch.from_numpy(painter_input(raster, size))[None, None]


def paint(model: Path, drawing: Path, out: Path) -> None:
    """Paint the face of a drawing with a trained model, as a PNG of the model's size.

    Raises:
        FileNotFoundError: no such model.
        ValueError: names the file that is no model, or no drawing.
    """
    painter = load_painter(model)
    write_bytes(out, encode_png(_painted(painter, read_drawing(drawing, painter.model.size))[0]))


def paint_drawings(painter: Painter, drawings: Image) -> Image:
    """Faces (N, S, S, 3) of grey drawings (N, H, W), each read as `read_drawing` does."""
    size = painter.model.size
    return _painted(painter, torch.cat([_seen_by_painter(one, size) for one in drawings]))


@torch.inference_mode()
def _painted(painter: Painter, drawings: Tensor) -> Image:
    return photo_pixels(painter.net(drawings).image)


def _grey(pixels: Image) -> Image:
    """One channel of (H, W) grey, (H, W, 3) BGR or (H, W, 4) BGRA; transparency is white."""
    if pixels.ndim == 2:
        return pixels
    grey = np.asarray(cv2.cvtColor(pixels[..., :3], cv2.COLOR_BGR2GRAY), np.uint8)
    if pixels.shape[2] == 3:
        return grey
    cover = pixels[..., 3] / np.float32(255)
    return np.asarray((grey * cover + 255 * (1 - cover)).round(), np.uint8)


def _ink(grey: Image) -> Image:
    """Stroke 255 and paper 0, whichever of the two is dark: there is more paper than ink."""
    if grey.min() == grey.max():
        return np.zeros_like(grey)
    _, light = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.asarray(255 - light if light.mean() > 127 else light, np.uint8)


def _square(ink: Image) -> Image:
    height, width = ink.shape
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    square = np.zeros((side, side), np.uint8)
    square[top : top + height, left : left + width] = ink
    return square
