"""Faces of training whose parts stand for what is plausible, and the nearest of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.serving.morph import STEP_PX, Moves
from facepencil.store import ShardError
from facepencil.strokes.polylines import PartLine, as_lines, part_curves
from facepencil.strokes.proportions import (
    FEATURES,
    UsualProportions,
    Vector,
    extent,
    lift,
    proportions,
)
from facepencil.strokes.strokes import CANVAS_PX, Facial, Strokes, read_strokes

FEWEST_EXEMPLARS = 2
"""Faces of which one can say what is usual."""
_PART_PX, _PART_REACH = 24, 8.0
_HEAD_PX, _HEAD_REACH = 32, 6.0
"""Side of a field of distances and where it ends, px of the field."""
_MARGIN = 1.3
"""Side of the square around a part, in sides of its box."""
_LEAST_PX = 6.0
"""A part's box is taken to be at least so large: a dot has no shape, canvas px."""
_STRANGE = 0.02
"""What unusual proportions of a head cost beside the mean squared difference of fields."""
_LIFTS = 2.0
"""Standard deviations up to which the lift of a mouth is usual."""
_HEAD_SCALES = 0.4, 2.5
"""Bounds of how much a head is stretched."""


class Exemplars:
    """Sketches of training with what is needed to find the nearest.

    Attributes:
        strokes: of N whole faces.
        places: (N, 21) their proportions.
        usual: the distribution of those.
        lifts: (N,) those of their mouths.
    """

    def __init__(self, faces: Sequence[Strokes]) -> None:
        """Prepare at least two whole faces; linear in them, about a third of a ms each."""
        self.strokes = faces
        self._lines: dict[int, list[PartLine]] = {}
        self.places = np.stack([proportions(one) for one in faces])
        self.usual = UsualProportions(self.places)
        self._fields = {
            part: np.stack([_part_field(one, part) for one in faces]) for part in FEATURES
        }
        self.lifts = np.array([lift(part_curves(one, [Facial.MOUTH])) for one in faces])
        pairs = zip(faces, self.places, strict=True)
        self._heads = np.stack([self._head_field(*pair) for pair in pairs])

    def lines(self, face: int) -> list[PartLine]:
        """Points along the strokes of a face, kept for the next drawing."""
        if face not in self._lines:
            self._lines[face] = as_lines(self.strokes[face], STEP_PX)
        return self._lines[face]

    def nearest(self, drawn: Strokes, parts: Sequence[Facial]) -> int | None:
        """The face whose `parts` are most like the drawn ones in shape; None if none is drawn."""
        seen = [part for part in parts if part in drawn.parts]
        if not seen:
            return None
        fields = ((self._fields[part], _part_field(drawn, part)) for part in seen)
        return int(np.sum([_difference(*pair) for pair in fields], axis=0).argmin())

    def usual_lift(self, drawn: float) -> float:
        """The lift of a mouth that is nearest to a drawn one among those that are usual."""
        reach = _LIFTS * self.lifts.std()
        return float(self.lifts.mean() + np.clip(drawn - self.lifts.mean(), -reach, reach))

    def nearest_head(self, drawn: Strokes, places: Vector, wanted: Vector) -> int:
        """The face whose jaw and proportions are most like the drawn ones.

        Args:
            drawn: strokes with or without an outline.
            places: proportions of the drawing, without gaps.
            wanted: those of the face that is looked for.
        """
        cost = _STRANGE * _difference(
            self.places / self.usual.deviation, wanted / self.usual.deviation
        )
        if Facial.OUTLINE in drawn.parts:
            cost = cost + _difference(self._heads, self._head_field(drawn, places))
        return int(cost.argmin())

    def _head_field(self, strokes: Strokes, places: Vector) -> Vector:
        move = between_heads(places, self.usual.mean)
        lines = move(part_curves(strokes, [Facial.OUTLINE])) * (_HEAD_PX / CANVAS_PX)
        eyes = round((self.usual.mean[7] + self.usual.mean[10]) / 2 * _HEAD_PX / CANVAS_PX)
        return _field(lines, _HEAD_PX, _HEAD_REACH)[eyes * _HEAD_PX :]


def read_exemplars(path: Path) -> Exemplars:
    """Exemplars as written by the stage `exemplars`.

    Raises:
        ShardError: names the file, and what is wrong with it.
    """
    faces = read_strokes(path)
    if len(faces) < FEWEST_EXEMPLARS:
        raise ShardError(
            f"{path}: expected {FEWEST_EXEMPLARS} training faces that show all their parts, "
            f"got {len(faces)}"
        )
    for name, face in faces.items():
        if not _is_whole(face):
            raise ShardError(f"{path}: expected faces with all parts, {name!r} lacks some")
    return Exemplars(list(faces.values()))


def _is_whole(face: Strokes) -> bool:
    return set(Facial) - {Facial.REST} <= set(face.parts)


def choose_exemplars(faces: Mapping[str, Strokes], count: int) -> dict[str, Strokes]:
    """So many of the whole faces with the most usual proportions, in the order given.

    Faces that lack a part, such as those in profile, are left out; there may be none other. Memory
    holds the proportions of the others, 0.3 kB a face.
    """
    places = {name: proportions(one) for name, one in faces.items() if _is_whole(one)}
    if len(places) < FEWEST_EXEMPLARS:
        return {name: faces[name] for name in places}
    usual = UsualProportions(list(places.values()))
    order = sorted(places, key=lambda name: (usual.strangeness(places[name]), name))
    chosen = set(order[:count])
    return {name: faces[name] for name in places if name in chosen}


def between_heads(source: Vector, target: Vector) -> Moves:
    """Brings the sides and chin of one face, and the height of its eyes, to those of another."""
    (low, size), (goal, wanted) = _head_box(source), _head_box(target)
    scale = (wanted / size).clip(*_HEAD_SCALES)
    return lambda points: (points - low - size / 2) * scale + goal + wanted / 2


def _head_box(places: Vector) -> tuple[Vector, Vector]:
    """Corner and size of what lies between the sides, below the eyes and above the chin."""
    left, right, bottom = places[-3:]
    eyes = (places[7] + places[10]) / 2
    corner = np.array([left, eyes])
    return corner, np.maximum(np.array([right, bottom]) - corner, _LEAST_PX)


def _difference(fields: Vector, seen: Vector) -> NDArray[np.float64]:
    return np.asarray(np.square(fields - seen).mean(-1))


def _part_field(strokes: Strokes, part: Facial) -> Vector:
    """Distances to a part's ink, around its middle and in units of its size."""
    curves = part_curves(strokes, [part])
    box = extent(curves)
    side = _MARGIN * max(*(box[2:] - box[:2]), _LEAST_PX)
    corner = (box[:2] + box[2:] - side) / 2
    return _field((curves - corner) * (_PART_PX / side), _PART_PX, _PART_REACH)


def _field(curves: NDArray[np.float64], size: int, reach: float) -> Vector:
    """Distance of each pixel to the nearest line, in units of `reach` and at most 1."""
    paper = np.full((size, size), 255, np.uint8)
    cv2.polylines(paper, list(np.rint(curves * 16 - 8).astype(np.int32)), False, 0, 1, 8, 4)
    far = cv2.distanceTransform(paper, cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray(np.minimum(far / reach, 1).ravel(), np.float64)
