"""Sheets of pictures: a grid of tiles of equal size, with titles."""

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from facepencil.images import Image

GAP_PX = 6
FONT_PX = 22
BAND_PX = 40
INK = (40, 40, 40)


def sheet(
    tiles: Sequence[Sequence[Image]],
    columns: Sequence[str] = (),
    rows: Sequence[str] = (),
    tile_px: int = 256,
) -> Image:
    """Tiles side by side on white, as in figures 3 and 4 of the paper.

    Args:
        tiles: rows of square pictures of any size, RGB (S, S, 3) or grey (S, S).
        columns: a title above each column; no titles by default.
        rows: a title at the left of each row; no titles by default.
        tile_px: side at which every picture is shown; 256 shows sketches pixel by pixel.

    Returns:
        RGB (H, W, 3); shorter rows are filled up with white.

    Raises:
        ValueError: no tile, or a number of titles that is not that of the columns or rows.
    """
    width = max((len(row) for row in tiles), default=0)
    if not width:
        raise ValueError("a sheet needs at least one tile")
    _check_titles(columns, width, "column")
    _check_titles(rows, len(tiles), "row")
    step = tile_px + GAP_PX
    left, top = _margin(rows), BAND_PX if columns else GAP_PX
    canvas = np.full((top + len(tiles) * step, left + width * step, 3), 255, np.uint8)
    for i, row in enumerate(tiles):
        for j, tile in enumerate(row):
            y, x = top + i * step, left + j * step
            canvas[y : y + tile_px, x : x + tile_px] = resized_tile(tile, tile_px)
    return _titled(canvas, columns, rows, (left, top, step))


def resized_tile(picture: Image, size_px: int) -> Image:
    """RGB (size, size, 3) of a square picture: Lanczos to enlarge, area average to shrink."""
    rgb = picture if picture.ndim == 3 else cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)
    if rgb.shape[:2] == (size_px, size_px):
        return np.asarray(rgb, np.uint8)
    method = cv2.INTER_LANCZOS4 if rgb.shape[0] < size_px else cv2.INTER_AREA
    return np.asarray(cv2.resize(rgb, (size_px, size_px), interpolation=method), np.uint8)


def _check_titles(titles: Sequence[str], expected: int, what: str) -> None:
    if titles and len(titles) != expected:
        raise ValueError(f"expected {expected} {what} titles, got {len(titles)}")


def _font(titles: Sequence[str] = (), width_px: float = float("inf")) -> ImageFont.FreeTypeFont:
    """The largest font, up to FONT_PX, in which every title fits the width."""
    font = ImageFont.load_default(FONT_PX)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("titles need a Pillow that was built with FreeType")
    widest = max((font.getlength(title) for title in titles), default=0)
    return font if widest <= width_px else font.font_variant(size=FONT_PX * width_px / widest)


def _margin(rows: Sequence[str]) -> int:
    widest = max((_font().getlength(title) for title in rows), default=0)
    return int(widest) + 4 * GAP_PX if rows else GAP_PX


def _titled(
    canvas: Image, columns: Sequence[str], rows: Sequence[str], grid: tuple[int, int, int]
) -> Image:
    left, top, step = grid
    half = (step - GAP_PX) // 2
    page = Pillow.fromarray(canvas)
    pen = ImageDraw.Draw(page)
    font = _font(columns, step - 2 * GAP_PX)
    for j, title in enumerate(columns):
        pen.text((left + j * step + half, top // 2), title, INK, font, anchor="mm")
    for i, title in enumerate(rows):
        pen.text((left - 2 * GAP_PX, top + i * step + half), title, INK, _font(), anchor="rm")
    return np.asarray(page, np.uint8)
