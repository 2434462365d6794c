"""Drawings of any kind to strokes, so that paper, pen and line width leave no trace."""

from pathlib import Path

import cv2
import numpy as np

from facepencil.config.sketch import SketchSize
from facepencil.config.vectorize import VectorizeParams
from facepencil.faces.decode import PhotoError, decode
from facepencil.images import Image, resize
from facepencil.sketch.thin import thin
from facepencil.strokes.strokes import CANVAS_PX, Strokes
from facepencil.strokes.vectorize import vectorize

DRAWING_FORMATS = "PNG, JPEG, WebP or SVG"
LARGEST_PX = 2048
"""A larger drawing is shrunk first."""
FINER = CANVAS_PX / SketchSize().size
"""How much finer lines are traced here than in sketches of the usual size."""
FAINTEST = 24
"""Least difference of grey levels between ink and paper."""
SHADOW = 1 / 12
"""Size of what counts as a shadow and not as a line, as a share of the side."""
TINY = 0.3
"""Share of the canvas's side that the lines of a face should at least extend over."""
FAR = 0.2
"""How far from the canvas's middle that of the lines may lie, as a share of its side."""
COVERED = 0.1
"""Share of a pixel of the canvas that ink must cover to be seen."""


def require_file(path: Path) -> None:
    """Check that a drawing is there.

    Raises:
        ValueError: no such file, or a folder.
    """
    if not path.exists():
        raise ValueError(f"{path}: no such drawing")
    if path.is_dir():
        raise ValueError(f"{path}: a folder; expected a drawing as {DRAWING_FORMATS}")


def read_grey(path: Path) -> Image:
    """A drawing as grey (H, W), black 0, read as photos are: upright, transparency on white.

    Raises:
        ValueError: no such file, a folder, no image, or more pixels than Pillow takes.
    """
    require_file(path)
    return grey_of(path.read_bytes(), str(path))


def grey_of(picture: bytes, name: str) -> Image:
    """As `read_grey`, of a picture's bytes.

    Raises:
        ValueError: no image, or more pixels than Pillow takes; begins with `name`.
    """
    try:
        rgb = decode(picture)
    except PhotoError as error:
        wanted = f"unknown format, damaged or too large; expected {DRAWING_FORMATS}"
        raise ValueError(f"{name}: {wanted}: {error}") from error
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)


def strokes_of(grey: Image) -> Strokes:
    """Strokes along the middles of a drawing's lines, dark on light or light on dark.

    The drawing is centred on the canvas; what is not square is padded with paper. Shadows on the
    paper are levelled, then ink is told from paper by Otsu's threshold. Linear in the pixels.

    Args:
        grey: (H, W) uint8, such as of `read_grey`.
    """
    ink = _square(_ink(_shrunk(grey)))
    lines = thin(_fit(ink) > COVERED * 255)
    usual = VectorizeParams()
    return vectorize(
        np.where(lines, 0, 255).astype(np.uint8),
        FINER * usual.tolerance_px,
        FINER * usual.min_length_px,
    )


def placed_badly(strokes: Strokes) -> str:
    """What a person should know of where the lines lie on the canvas; empty if all is well.

    `strokes` has at least one segment.
    """
    ends = strokes.points[strokes.segments[:, [0, 3]].ravel()]  # controls may lie off the lines
    least, most = ends.min(0), ends.max(0)
    extent = float((most - least).max()) / CANVAS_PX
    off = float(abs(least + most - CANVAS_PX).max()) / 2 / CANVAS_PX
    if extent < TINY:
        return f"tiny: its lines extend over {extent:.0%} of the picture, which a face should fill"
    if off > FAR:
        return f"off-centre: its lines' middle is {off:.0%} of the picture away from the picture's"
    return ""


def _shrunk(grey: Image) -> Image:
    side = max(grey.shape)
    if side <= LARGEST_PX:
        return grey
    share = LARGEST_PX / side
    size = [max(1, round(length * share)) for length in reversed(grey.shape)]
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _ink(grey: Image) -> Image:
    """Stroke 255 and paper 0, whichever of the two is dark: there is more paper than ink."""
    darkness = _darkness(grey)
    least, most = int(darkness.min()), int(darkness.max())
    if most - least < FAINTEST:
        return np.zeros_like(grey)
    threshold, _ = cv2.threshold(darkness, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    seen = darkness > max(threshold, FAINTEST)
    return np.where(seen, 255, 0).astype(np.uint8)


def _darkness(grey: Image) -> Image:
    """How far each pixel is from the paper around it, 0 on paper, whose shadows are levelled."""
    size = max(3, round(max(grey.shape) * SHADOW) | 1)
    softness = min(1.0, max(grey.shape) / 500)  # against noise; thin lines must outlive it
    smooth = cv2.GaussianBlur(grey, (0, 0), softness, borderType=cv2.BORDER_REPLICATE)
    page = smooth if _dark_on_light(grey, size) else 255 - smooth
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (size, size))
    paper = cv2.morphologyEx(page, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)
    paper = cv2.blur(paper, (size, size), borderType=cv2.BORDER_REPLICATE)
    share = page / np.maximum(paper, 1).astype(np.float32)
    return np.asarray((255 * (1 - np.minimum(share, 1))).round(), np.uint8)


def _dark_on_light(grey: Image, size: int) -> bool:
    """Ink covers less than paper and so lies further from the mean of what is around it."""
    around = cv2.blur(grey, (size, size), borderType=cv2.BORDER_REPLICATE)
    difference = grey - around.astype(np.float64)
    return bool((difference**3).mean() <= 0)


def _square(ink: Image) -> Image:
    height, width = ink.shape
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    square = np.zeros((side, side), np.uint8)
    square[top : top + height, left : left + width] = ink
    return square


def _fit(ink: Image) -> Image:
    """A square brought to the canvas's size."""
    if len(ink) >= CANVAS_PX:
        return resize(ink, CANVAS_PX)
    size = (CANVAS_PX, CANVAS_PX)
    return np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_LINEAR) // 128 * 255, np.uint8)
