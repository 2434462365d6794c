"""Strokes as SVG, for viewing and for drawing programs."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from facepencil.strokes.strokes import CANVAS_PX, Strokes


def to_svg(strokes: Strokes, line_px: float = 2.0) -> str:
    """An SVG document of the canvas: one path per stroke, round caps, black on white.

    Coordinates have two decimals.

    Args:
        strokes: those of one sketch.
        line_px: width of the lines, canvas px (2: one pixel of a sketch of 256 px).
    """
    paths = [
        f'<path d="{_path(strokes.points[strokes.segments[first:last]])}"/>'
        for first, last in pairwise(strokes.starts)
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {CANVAS_PX} {CANVAS_PX}">'
    paper = '<rect width="100%" height="100%" fill="white"/>'
    pen = f'<g fill="none" stroke="black" stroke-width="{line_px:g}" stroke-linecap="round">'
    return "\n".join([head, paper, pen, *paths, "</g>", "</svg>", ""])


def _path(curves: NDArray[np.float32]) -> str:
    """Path data of joined cubics (S, 4, 2)."""
    start, rest = curves[0, 0], curves[:, 1:].reshape(-1, 2)
    listed = " ".join(f"{x:.2f} {y:.2f}" for x, y in rest)
    return f"M{start[0]:.2f} {start[1]:.2f}C{listed}"
