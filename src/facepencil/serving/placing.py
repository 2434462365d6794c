"""Drawings moved to where the faces of sketches lie, by the parts that are found in them."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from facepencil.networks.finder_file import Finder
from facepencil.networks.part_finder import PartFinder
from facepencil.serving.drawing import placed_badly
from facepencil.strokes.part_raster import FINDER_PX, finder_input
from facepencil.strokes.samples import LinePoints, part_centres, points_along
from facepencil.strokes.similarity import STAY, Similarity, about, as_plane, best_similarity
from facepencil.strokes.strokes import CANVAS_PX, Facial, Strokes

Parts = NDArray[np.uint8]
ANCHORS = {
    Facial.LEFT_EYE: 1.0,
    Facial.RIGHT_EYE: 1.0,
    Facial.MOUTH: 1.0,
    Facial.NOSE: 0.5,
    Facial.LEFT_BROW: 0.25,
    Facial.RIGHT_BROW: 0.25,
}
"""What a part's place counts for. Head and hair say little: of their lines, people draw more or
less than sketches have."""
SURE = 0.6
"""Mean probability along a stroke from which its part is believed."""
FEWEST_ANCHORS = 2
"""Anchors, without which nothing says how large the face is."""
ENOUGH_TO_TURN = 3
"""Anchors, with fewer of which one that is drawn askew would turn the whole face."""
LARGEST_FACTOR = 8.0
STEEPEST = 60.0
"""Degrees of turning; more is a mistake and no tilt."""
ON_PAGE = 0.7
"""Share of the lines that must lie on the canvas after a move."""
LOOSEST = 0.15
"""RMS distance of anchors to their places, as a share of the canvas, above which a fit is none."""
WELL_PX = 25.0
"""A drawing whose lines would move by less, in the mean, is where it should be."""
HEAD_PX = 400.0
"""To what extent lines are brought where no parts are found."""


@dataclass(frozen=True)
class Placed:
    """A drawing, moved or not.

    Attributes:
        strokes: where they should lie, each with the part that it was found to be; `REST` where
            none was.
        note: what was done, in the few words of a title.
        said: what a person should be told, or empty where all is as was to be expected.
    """

    strokes: Strokes
    note: str
    said: str = ""


def place(strokes: Strokes, finder: Finder | None) -> Placed:
    """Move a drawing to where faces lie: by its parts, else by its extent, else not at all.

    Args:
        strokes: at least one.
        finder: without one, the drawing stays as it is.
    """
    advice = placed_badly(strokes)
    if finder is None:
        return Placed(strokes, "as drawn", advice)
    parts, move = _by_parts(strokes, finder)
    found = replace(strokes, parts=parts)
    if move is None and not advice:
        return Placed(found, "as drawn: too few parts found")
    way = "parts" if move else "extent"
    move = move or by_extent(strokes)
    if _moved_px(strokes, move) < WELL_PX:
        return Placed(found, "as drawn: well placed")
    note = f"by {way}: {_words(move)}"
    return Placed(move.strokes(found), note, f"placed {note} (--as-is leaves it where it is)")


def by_extent(strokes: Strokes) -> Similarity:
    """Brings the middle of the lines to the canvas's, and their extent to `HEAD_PX`."""
    ends = as_plane(strokes.points[strokes.segments[:, [0, 3]].ravel()].astype(np.float64))
    low, high = complex(ends.real.min(), ends.imag.min()), complex(ends.real.max(), ends.imag.max())
    extent = max((high - low).real, (high - low).imag, 1.0)
    middle = complex(CANVAS_PX / 2, CANVAS_PX / 2)
    return about((low + high) / 2, complex(HEAD_PX / extent), middle)


@torch.inference_mode()
def name_parts(strokes: Strokes, points: LinePoints, net: PartFinder) -> Parts:
    """The `Facial` part (K,) uint8 of each stroke by the vote of its line; `REST` if unsure.

    Args:
        strokes: K of them.
        points: along them.
        net: votes for each pixel, with its probabilities.
    """
    sketch = torch.from_numpy(finder_input(strokes))[None, None]
    maps = net(sketch).softmax(1)[0].numpy().astype(np.float64)
    x, y = (points.places.T * (FINDER_PX / CANVAS_PX)).astype(np.int64).clip(0, FINDER_PX - 1)
    count = len(strokes.parts)
    votes = np.stack(
        [np.bincount(points.strokes, one, count) for one in maps[:, y, x] * points.lengths]
    )
    sure = votes.max(0) > SURE * votes.sum(0)
    return np.where(sure, votes.argmax(0), Facial.REST).astype(np.uint8)


def _by_parts(strokes: Strokes, finder: Finder) -> tuple[Parts, Similarity | None]:
    """Parts, found where the drawing lies and again where those move it; and the move."""
    parts, move = _fit(strokes, STAY, finder)
    if move is None:
        parts, move = _fit(strokes, by_extent(strokes), finder)
    if move is None:
        return parts, None
    again, better = _fit(strokes, move, finder)
    return (again, better) if better else (parts, move)


def _fit(strokes: Strokes, start: Similarity, finder: Finder) -> tuple[Parts, Similarity | None]:
    """Parts as seen after a first move, and the whole move by them, if it is sane."""
    moved = start.strokes(strokes)
    points = points_along(moved)
    parts = name_parts(moved, points, finder.net)
    centres = part_centres(points, parts[points.strokes], len(Facial))
    known = [one for one in ANCHORS if one in parts and one.name in finder.layout]
    if len(known) < FEWEST_ANCHORS:
        return parts, None
    goal = as_plane(np.array([finder.layout[one.name] for one in known]))
    weights = np.array([ANCHORS[one] for one in known])
    source = as_plane(centres[known])
    move = best_similarity(source, goal, weights, turning=len(known) >= ENOUGH_TO_TURN)
    off = float(np.sqrt(np.average(np.abs(move.places(source) - goal) ** 2, weights=weights)))
    whole = move.after(start)
    sane = off < LOOSEST * CANVAS_PX and _is_sane(whole) and _on_page(points, move) > ON_PAGE
    return parts, whole if sane else None


def _is_sane(move: Similarity) -> bool:
    scale = abs(move.factor)
    return 1 / LARGEST_FACTOR < scale < LARGEST_FACTOR and abs(move.degrees) < STEEPEST


def _on_page(points: LinePoints, move: Similarity) -> float:
    """Share of the lines' length, 0 to 1, that a move brings onto the canvas."""
    places = move.places(as_plane(points.places))
    inside = np.abs([places.real - CANVAS_PX / 2, places.imag - CANVAS_PX / 2]) < CANVAS_PX / 2
    return float(np.average(inside.all(0), weights=points.lengths))


def _moved_px(strokes: Strokes, move: Similarity) -> float:
    """How far the points move, in the mean, canvas px."""
    before = as_plane(strokes.points.astype(np.float64))
    return float(np.abs(move.places(before) - before).mean())


def _words(move: Similarity) -> str:
    said = f"{abs(move.factor):.0%}"
    turn = round(move.degrees)
    side = "right" if turn > 0 else "left"
    return f"{said}, {abs(turn)}° {side}" if abs(turn) > 1 else said
