"""Faces reduced to a doodle: parts replaced by the simplest shapes at their place and size."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facepencil.strokes.edit import join, piece, segment_lengths, select, through
from facepencil.strokes.glyphs import Knots, angle, arc, dot, line, ring, triangle, upright
from facepencil.strokes.strokes import CANVAS_PX, Facial, Strokes

_EYES = (Facial.LEFT_EYE, Facial.RIGHT_EYE)
_BROWS = (Facial.LEFT_BROW, Facial.RIGHT_BROW)
_EDGE_PX = 8.0
"""An oval for the head keeps off the upper edge of the canvas by this much."""

_Glyphs = list[tuple[Facial, Knots]]
"""Knots on the canvas and the part of each glyph."""


@dataclass(frozen=True)
class _Face:
    """A drawing, and where its face is: a frame between the eyes, turned as they are.

    Attributes:
        strokes: the drawing.
        boxes: middle (2,) and half the size (2,) of each part there is, canvas px.
        middle: (2,) between the eyes.
        axes: (2, 2) unit vectors as rows: along the eyes, and from them down to the chin.
        apart: distance of the eyes, px.
        down: from the eyes to the mouth, px.
    """

    strokes: Strokes
    boxes: dict[Facial, tuple[NDArray[np.float64], NDArray[np.float64]]]
    middle: NDArray[np.float64]
    axes: NDArray[np.float64]
    apart: float
    down: float

    def place(self, knots: Knots, middle: NDArray[np.float64], wide: float, tall: float) -> Knots:
        """A glyph of half the given width and height about `middle` (2,), turned as the face."""
        return middle + (knots * (wide, tall)) @ self.axes

    def below_eyes(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """How far points (n, 2) lie below the eyes, px."""
        return np.asarray((points - self.middle) @ self.axes[1], np.float64)

    def corners(self, part: Facial) -> NDArray[np.float32]:
        """End and control points (4 S, 2) of a part."""
        of_part = np.repeat(self.strokes.parts == part, np.diff(self.strokes.starts))
        return np.asarray(self.strokes.points[self.strokes.segments[of_part].ravel()], np.float32)


def abstract(strokes: Strokes, strength: float, rng: np.random.Generator) -> Strokes:
    """Head, eyes, nose, mouth and brows each become simple shapes with a chance of `strength`.

    Where no stroke has a label, each becomes one simple curve with that chance.
    """
    if not strokes.parts.any():
        plain = rng.random(len(strokes.parts)) < strength
        return _with(strokes, plain, _simple(strokes, np.flatnonzero(plain)))
    face, replaced, glyphs = _find_face(strokes), np.zeros(len(Facial), np.bool_), _Glyphs()
    chances, seeds = rng.random(len(_MANNERS)), rng.integers(2**32, size=len(_MANNERS))
    for (parts, draw), chance, seed in zip(_MANNERS.items(), chances, seeds, strict=True):
        if chance < strength:
            replaced[list(parts)] = True
            # Random numbers of its own: a glyph stays the same while the strength rises.
            glyphs += draw(face, np.random.default_rng(seed))
    return _with(strokes, replaced[strokes.parts], glyphs)


def _with(strokes: Strokes, gone: NDArray[np.bool_], glyphs: _Glyphs) -> Strokes:
    drawn = through([knots for _, knots in glyphs], [part for part, _ in glyphs])
    return join([select(strokes, np.flatnonzero(~gone)), drawn])


def _find_face(strokes: Strokes) -> _Face:
    """What is missing is taken to be where it usually is."""
    boxes = _boxes(strokes)
    usual = np.array([[0.33, 0.44], [0.67, 0.44]]) * CANVAS_PX
    left, right = (boxes[eye][0] if eye in boxes else usual[k] for k, eye in enumerate(_EYES))
    apart = float(np.hypot(*(right - left)))
    along = (right - left) / apart if right[0] > left[0] else np.array([1.0, 0])
    axes, middle = np.array([along, [-along[1], along[0]]]), (left + right) / 2
    down = float((boxes[Facial.MOUTH][0] - middle) @ axes[1]) if Facial.MOUTH in boxes else apart
    apart = float(np.clip(apart, 0.12 * CANVAS_PX, 0.5 * CANVAS_PX))
    return _Face(strokes, boxes, middle, axes, apart, max(down, 0.6 * apart))


def _boxes(strokes: Strokes) -> dict[Facial, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    corners = strokes.points[strokes.segments]
    of = np.repeat(strokes.parts, np.diff(strokes.starts))
    low, high = np.full((len(Facial), 2), np.inf), np.full((len(Facial), 2), -np.inf)
    np.minimum.at(low, of, corners.min(1))
    np.maximum.at(high, of, corners.max(1))
    there = [part for part in Facial if low[part, 0] <= high[part, 0]]
    return {part: ((low[part] + high[part]) / 2, (high[part] - low[part]) / 2) for part in there}


def _eyes(face: _Face, rng: np.random.Generator) -> _Glyphs:
    """Both in one manner and about one size."""
    there = [eye for eye in _EYES if eye in face.boxes]
    manner = rng.choice(["dot", "ring", "pupil", "oval", "line", "arc"])
    size = face.apart * rng.uniform(0.14, 0.3)
    tall, sag = size * rng.uniform(0.4, 0.7), rng.uniform(0.4, 0.9) * (-1) ** rng.integers(2)
    glyphs = _Glyphs()
    for eye in there:
        middle = face.boxes[eye][0] + rng.normal(0, 0.02 * face.apart, 2)
        shapes = _eye(str(manner), size * rng.uniform(0.85, 1.15), tall, float(sag), rng)
        glyphs += [(eye, face.place(shape, middle, *half)) for shape, half in shapes]
    return glyphs


def _eye(
    manner: str, size: float, tall: float, sag: float, rng: np.random.Generator
) -> list[tuple[Knots, tuple[float, float]]]:
    """The shapes of one eye, each with half its width and height."""
    match manner:
        case "dot":
            return [(dot(rng), (0.3 * size + 2, 0.3 * size + 2))]
        case "ring":
            return [(ring(rng), (0.8 * size, 0.8 * size))]
        case "pupil":
            return [(ring(rng), (size, 1.2 * tall)), (dot(rng), (0.3 * size, 0.3 * size))]
        case "oval":
            return [(ring(rng), (size, tall))]
        case "line":
            return [(line(rng), (size, size))]
        case _:
            return [(arc(sag, rng), (size, size))]


def _brows(face: _Face, rng: np.random.Generator) -> _Glyphs:
    there = [brow for brow in _BROWS if brow in face.boxes]
    sag, wide = -rng.uniform(0, 0.5), face.apart * rng.uniform(0.18, 0.32)
    return [(brow, face.place(arc(sag, rng), face.boxes[brow][0], wide, wide)) for brow in there]


def _nose(face: _Face, rng: np.random.Generator) -> _Glyphs:
    if Facial.NOSE not in face.boxes:
        return []
    middle, half = face.boxes[Facial.NOSE]
    wide = np.clip(half[0], 0.12 * face.apart, 0.3 * face.apart) * rng.uniform(0.7, 1.1)
    tall = face.down * rng.uniform(0.18, 0.3)
    manner = rng.choice(["line", "arc", "triangle", "angle", "dots"])
    if manner == "dots":
        sides = [middle + way * 0.6 * wide * face.axes[0] for way in (-1, 1)]
        spot = 0.12 * wide + 2
        return [(Facial.NOSE, face.place(dot(rng), side, spot, spot)) for side in sides]
    if manner == "arc":
        bow = arc(rng.uniform(0.4, 0.9), rng)
        return [(Facial.NOSE, face.place(bow, middle, wide, wide))]
    shape = {"line": upright, "triangle": triangle, "angle": angle}[str(manner)]
    raised = middle + (half[1] - tall) * face.axes[1]
    return [(Facial.NOSE, face.place(shape(rng), raised, wide, tall))]


def _mouth(face: _Face, rng: np.random.Generator) -> _Glyphs:
    if Facial.MOUTH not in face.boxes:
        return []
    middle, half = face.boxes[Facial.MOUTH]
    wide = max(half[0], 0.2 * face.apart) * rng.uniform(0.75, 1.1)
    if rng.random() < (0.5 if half[1] > 0.55 * half[0] else 0.12):
        tall = max(half[1], 0.3 * wide) * rng.uniform(0.6, 1)
        return [(Facial.MOUTH, face.place(ring(rng), middle, wide, tall))]
    smile = arc(_smile(face) * rng.uniform(0.8, 1.6), rng)
    return [(Facial.MOUTH, face.place(smile, middle, wide, wide))]


def _smile(face: _Face) -> float:
    """How far the middle of the mouth hangs below its corners, in half widths."""
    middle, half = face.boxes[Facial.MOUTH]
    x, y = ((face.corners(Facial.MOUTH) - middle) @ face.axes.T / max(half[0], 1)).T
    inner, outer = y[np.abs(x) < 0.4], y[np.abs(x) > 0.8]
    if not len(inner) or not len(outer):
        return 0.2
    return float(np.clip(inner.mean() - outer.mean(), -0.5, 0.7))


def _head(face: _Face, rng: np.random.Generator) -> _Glyphs:
    """One oval, and of the hair nothing, a few of its own lines, or a few ticks."""
    chin = _chin(face)
    edge = (_EDGE_PX - face.middle[1]) / max(face.axes[1, 1], 0.5)
    top = max(-chin * rng.uniform(0.75, 1.05), edge)
    middle, tall = face.middle + (chin + top) / 2 * face.axes[1], (chin - top) / 2
    wide = max(1.1 * face.apart, 0.7 * tall) * rng.uniform(0.9, 1.15)
    oval = [(Facial.OUTLINE, face.place(ring(rng), middle, wide, tall))]
    manner = rng.random()
    if manner < 0.25:
        ticks = [face.place(tick, middle, wide, tall) for tick in _ticks(rng)]
        return oval + [(Facial.REST, tick) for tick in ticks]
    return oval + _simple(face.strokes, _hair(face, 1 + int(12 * (manner - 0.25) / 1.5)))


def _chin(face: _Face) -> float:
    """From the eyes to the chin, px: the lowest point of the outline where that may be true."""
    lowest = face.below_eyes(face.corners(Facial.OUTLINE)).max(initial=0)
    return float(np.clip(lowest or 1.7 * face.down, 1.4 * face.down, 2.1 * face.down))


def _ticks(rng: np.random.Generator) -> list[Knots]:
    """Hairs across the upper rim of the unit circle."""
    around = np.deg2rad(rng.uniform(20, 75)) * np.linspace(-1, 1, rng.integers(3, 10))
    rim = np.column_stack([np.sin(around), -np.cos(around)])
    reach = np.array([rng.uniform(0.6, 0.95), 1, rng.uniform(1.02, 1.12)])
    return list(reach[:, None] * rim[:, None] + rng.normal(0, 0.03, (len(rim), 3, 2)))


def _hair(face: _Face, count: int) -> NDArray[np.intp]:
    """The longest strokes of the rest that begin above the mouth, `count` at most."""
    strokes = face.strokes
    lengths = np.add.reduceat(segment_lengths(strokes), strokes.starts[:-1])
    first = strokes.points[strokes.segments[strokes.starts[:-1], 0]]
    hair = (strokes.parts == Facial.REST) & (face.below_eyes(first) < 0.7 * face.down)
    order = np.argsort(-lengths * hair, kind="stable")
    return order[: min(count, int(hair.sum()))]


def _simple(strokes: Strokes, chosen: NDArray[np.intp]) -> _Glyphs:
    """For each of the chosen strokes the curve through five points of it."""
    counts = np.diff(strokes.starts)[chosen, None]
    at = counts * np.linspace(0, 1, 5)
    number = np.minimum(at.astype(np.intp), counts - 1)
    segments = strokes.segments[strokes.starts[chosen, None] + number].reshape(-1, 4)
    t = (at - number).ravel()
    knots = piece(strokes.points[segments], t, t)[:, 0].reshape(-1, 5, 2)
    return [(Facial(part), one) for part, one in zip(strokes.parts[chosen], knots, strict=True)]


_MANNERS: dict[tuple[Facial, ...], Callable[[_Face, np.random.Generator], _Glyphs]] = {
    (Facial.OUTLINE, Facial.REST): _head,
    _EYES: _eyes,
    (Facial.NOSE,): _nose,
    (Facial.MOUTH,): _mouth,
    _BROWS: _brows,
}
"""What is replaced together, and how it is drawn."""
