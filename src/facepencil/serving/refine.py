"""Strokes drawn towards plausible faces, part by part: to the nearest of training."""

from dataclasses import replace

import numpy as np

from facepencil.serving.exemplars import Exemplars, between_heads
from facepencil.serving.morph import STEP_PX, Comparison, Motion, Moves, appearing, lines_at, morph
from facepencil.strokes.polylines import Chain, PartLine, as_lines, as_strokes
from facepencil.strokes.proportions import FEATURES, HEAD, Vector, extent, lift, proportions
from facepencil.strokes.strokes import Facial, Strokes

_TOGETHER = (
    (Facial.LEFT_BROW, Facial.RIGHT_BROW),
    (Facial.LEFT_EYE, Facial.RIGHT_EYE),
    (Facial.NOSE,),
    (Facial.MOUTH,),
)
"""Parts that are taken from one face."""
_HEAD_REACH_PX = 24.0
"""How far lines of the head move to the outline of training."""
_LEAST_HALF_PX = 3.0
"""Half a side of a part's box is taken to be at least this: a dot or a line turns into a shape."""


def refine(strokes: Strokes, share: float, known: Exemplars) -> Strokes:
    """Strokes between a drawing and a plausible face like it.

    Args:
        strokes: a drawing that lies where faces lie, its parts told.
        share: 0 (what was drawn, to the bit) to 1 (every part has a shape of training and lies
            where it plausibly does; what is missing has come). Points move in proportion to it.
        known: faces of training.

    Returns:
        Strokes of straight segments. A drawing of which no part is told stays as it is.

    Raises:
        ValueError: the share is out of range.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"refine {share:g}: expected 0 to 1")
    if share == 0 or not is_told(strokes):
        return strokes
    return as_strokes(lines_at(motions(strokes, known), share))


def is_told(strokes: Strokes) -> bool:
    """Whether any stroke is known to belong to a part of the face."""
    return bool(np.asarray(strokes.parts).any())


def motions(strokes: Strokes, known: Exemplars) -> list[Motion]:
    """How the lines of a drawing of which some part is told move as the share rises."""
    drawn = proportions(strokes)
    wanted = known.usual.plausible(drawn)
    places = np.where(np.isnan(drawn), wanted, drawn)
    head = known.nearest_head(strokes, places, wanted)
    lines = as_lines(strokes, STEP_PX)
    found = _head_motions(lines, places, head, wanted, known)
    for parts in _TOGETHER:
        face = known.nearest(strokes, parts)
        for part in parts:
            own = [one for one in lines if one.part == part]
            goal = _placed(known, head if face is None else face, part, wanted)
            if own and part == Facial.MOUTH:
                goal = _bent(goal, known.usual_lift(lift(_points(own))))
            found += _part_motions(own, goal)
    return found


def _part_motions(drawn: list[PartLine], goal: list[PartLine]) -> list[Motion]:
    if not drawn:
        return appearing(goal)
    return morph(drawn, goal, Comparison(_into_box(drawn), _into_box(goal), np.inf, _stay))


def _head_motions(
    lines: list[PartLine], places: Vector, head: int, wanted: Vector, known: Exemplars
) -> list[Motion]:
    """Outline, hair and what else belongs to no feature: hair stays, unless there is none."""
    drawn = [one for one in lines if one.part in HEAD]
    taken = HEAD if all(one.part for one in drawn) else (Facial.OUTLINE,)
    move = between_heads(known.places[head], wanted)
    goal = [replace(one, points=move(one.points)) for one in known.lines(head) if one.part in taken]
    if not drawn:
        return appearing(goal)
    carry = between_heads(places, wanted)
    return morph(drawn, goal, Comparison(carry, _stay, _HEAD_REACH_PX, carry))


def _placed(known: Exemplars, face: int, part: Facial, wanted: Vector) -> list[PartLine]:
    """A part of a known face, where and as wide as wanted."""
    own = slice(3 * FEATURES.index(part), 3 * FEATURES.index(part) + 3)
    (x, y, width), (to_x, to_y, to_width) = known.places[face][own], wanted[own]
    scale = to_width / width
    return [
        replace(one, points=(one.points - [x, y]) * scale + [to_x, to_y])
        for one in known.lines(face)
        if one.part == part
    ]


def _bent(mouth: list[PartLine], wanted: float) -> list[PartLine]:
    """A mouth whose corners are raised or lowered to a lift; as it is where that is NaN."""
    points = _points(mouth)
    left, _, right, _ = extent(points)
    rise = np.nan_to_num(wanted - lift(points)) * (right - left)
    middle, half = (left + right) / 2, (right - left) / 2

    def bend(chain: Chain) -> Chain:
        x, y = chain.T
        return np.column_stack([x, y - rise * ((x - middle) / half) ** 2])

    return [replace(one, points=bend(one.points)) for one in mouth]


def _points(lines: list[PartLine]) -> Chain:
    return np.concatenate([one.points for one in lines])


def _into_box(lines: list[PartLine]) -> Moves:
    """Brings the box of lines to [-1, 1]^2."""
    box = extent(_points(lines))
    middle = (box[:2] + box[2:]) / 2
    half = np.maximum((box[2:] - box[:2]) / 2, _LEAST_HALF_PX)
    return lambda points: (points - middle) / half


def _stay(points: Chain) -> Chain:
    return points
