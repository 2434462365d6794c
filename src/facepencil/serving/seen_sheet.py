"""What was made of a drawing, in pictures side by side."""

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from facepencil.images import Image
from facepencil.serving.drawing_file import PICTURE_LINE_PX, PICTURE_PX
from facepencil.serving.placing import Parts, Placed
from facepencil.sheets import resized_tile, sheet
from facepencil.strokes.raster import rasterize
from facepencil.strokes.strokes import Facial, Strokes

PART_COLOURS: dict[Facial, tuple[str, tuple[int, int, int]]] = {
    Facial.REST: ("other", (150, 150, 150)),
    Facial.OUTLINE: ("outline", (120, 70, 180)),
    Facial.LEFT_BROW: ("brows", (20, 140, 60)),
    Facial.RIGHT_BROW: ("brows", (20, 140, 60)),
    Facial.LEFT_EYE: ("eyes", (20, 90, 220)),
    Facial.RIGHT_EYE: ("eyes", (20, 90, 220)),
    Facial.NOSE: ("nose", (230, 130, 0)),
    Facial.MOUTH: ("mouth", (215, 30, 40)),
}
"""Name and RGB of each part; later ones are drawn over earlier ones."""
_LETTERS_PX = 15


def seen_sheet(
    picture: Image, strokes: Strokes, parts: Parts, placed: Placed, face: Image
) -> Image:
    """The drawing as it was, its strokes by part, the strokes where they were placed, the face.

    Args:
        picture: the drawing, (H, W) grey.
        strokes: of it, before they were placed.
        parts: (K,) those that its strokes were found to be.
        placed: strokes that were made of them, with their parts.
        face: RGB (S, S, 3).

    Returns:
        RGB (H, W, 3); what was done stands above the third picture.
    """
    before = coloured(strokes, parts)
    after = coloured(placed.strokes, placed.strokes.parts)
    tiles = [[on_square(picture), _with_legend(before, parts), after, face]]
    return sheet(tiles, ["drawing", "parts found", placed.note, "face"], tile_px=PICTURE_PX)


def coloured(strokes: Strokes, parts: Parts) -> Image:
    """Strokes in the colours of their parts (K,), RGB (PICTURE_PX, PICTURE_PX, 3) on white."""
    canvas = np.full((PICTURE_PX, PICTURE_PX, 3), 255, np.uint8)
    owners = np.repeat(parts, np.diff(strokes.starts))
    for part, (_, colour) in PART_COLOURS.items():
        segments = strokes.segments[owners == part]
        canvas[rasterize(strokes.points, segments, PICTURE_PX, PICTURE_LINE_PX) > 0] = colour
    return canvas


def on_square(picture: Image) -> Image:
    """A grey picture (H, W) on a square of its border's median, RGB (PICTURE_PX, PICTURE_PX, 3)."""
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    height, width = picture.shape
    across, down = max(0, height - width), max(0, width - height)
    sides = (down // 2, down - down // 2, across // 2, across - across // 2)
    paper = float(np.median(border))
    square = cv2.copyMakeBorder(picture, *sides, cv2.BORDER_CONSTANT, value=paper)
    return resized_tile(np.asarray(square, np.uint8), PICTURE_PX)


def _with_legend(tile: Image, parts: Parts) -> Image:
    """The names of the parts there are, in their colours, along the left edge."""
    page = Pillow.fromarray(tile)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(_LETTERS_PX)
    found = [PART_COLOURS[part] for part in PART_COLOURS if part in parts]
    for line, (name, colour) in enumerate(dict.fromkeys(found)):
        place = 3, 2 + line * _LETTERS_PX
        pen.text(place, name, colour, font, stroke_width=2, stroke_fill="white")
    return np.asarray(page, np.uint8)
