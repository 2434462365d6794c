"""Training sketches that are most like what is drawn so far, as a shadow to draw by."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.serving.bodies import PointChain
from facepencil.serving.stroke_chains import chains_of_strokes
from facepencil.strokes.raster import STEPS
from facepencil.strokes.strokes import CANVAS_PX, Strokes

_CELLS = 32
_DIRECTIONS = 4
_BLUR = 1.0
"""Sigma, cells: lines a few cells off count as near."""
_SEEN = 0.1
"""Share of the drawing's densest cell from which a cell is compared."""


class NearestSketches:
    """Finds sketches by where their lines run in which direction (after ShadowDraw, Lee 2011).

    Sketches are compared in the cells that the drawing has ink in, so what is not yet drawn does
    not count. A search is linear in the number of sketches.
    """

    def __init__(self, sketches: Sequence[Strokes]) -> None:
        """Index sketches; there may be none."""
        self._sketches = sketches
        self._maps = np.zeros((len(sketches), _CELLS**2, _DIRECTIONS), np.float32)
        for place, one in enumerate(sketches):
            self._maps[place] = line_map(one).reshape(-1, _DIRECTIONS)

    def __call__(self, drawn: Strokes, count: int) -> list[list[PointChain]]:
        """The `count` nearest sketches to a drawing, the nearest first; fewer if there are."""
        wanted = line_map(drawn).reshape(-1, _DIRECTIONS)
        ink = wanted.sum(1)
        seen = ink > _SEEN * ink.max()
        there = self._maps[:, seen].reshape(len(self._maps), seen.sum() * _DIRECTIONS)
        dots = there @ wanted[seen].ravel()
        scores = dots / np.maximum(np.linalg.norm(there, axis=1), 1e-6)
        best = np.argsort(-scores, kind="stable")[:count]
        return [chains_of_strokes(self._sketches[place]) for place in best]


def line_map(strokes: Strokes) -> NDArray[np.float32]:
    """Blurred length of the lines by cell and direction, (cells, cells, directions)."""
    curves = strokes.points[strokes.segments].astype(np.float64)
    t = np.linspace(0, 1, STEPS + 1)[:, None]
    weights = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    lines = weights @ curves
    steps = np.diff(lines, axis=1).reshape(-1, 2)
    places = ((lines[:, 1:] + lines[:, :-1]) / 2).reshape(-1, 2) * (_CELLS / CANVAS_PX)
    lengths = np.hypot(*steps.T)
    inside = ((places >= 0) & (places < _CELLS)).all(1) & (lengths > 0)
    return _blurred(places[inside], steps[inside], lengths[inside])


def _blurred(
    places: NDArray[np.float64], steps: NDArray[np.float64], lengths: NDArray[np.float64]
) -> NDArray[np.float32]:
    x, y = places.astype(np.int64).T
    angle = np.arctan2(steps[:, 1], steps[:, 0]) % np.pi
    direction = np.rint(angle * (_DIRECTIONS / np.pi)).astype(np.int64) % _DIRECTIONS
    index = (y * _CELLS + x) * _DIRECTIONS + direction
    total = np.bincount(index, lengths, _CELLS**2 * _DIRECTIONS).astype(np.float32)
    cells = total.reshape(_CELLS, _CELLS, _DIRECTIONS)
    return np.asarray(cv2.GaussianBlur(cells, (0, 0), _BLUR), np.float32)
