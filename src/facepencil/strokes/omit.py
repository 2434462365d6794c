"""Lines that are missing: left out here and there, or not drawn yet."""

import numpy as np
from numpy.typing import NDArray

from facepencil.strokes.edit import beginning, select
from facepencil.strokes.strokes import Facial, Strokes

DROPPED = 0.3
"""Share of the strokes that are gone at strength 1."""

LEFT_UNDRAWN = (0.5, 0.8)
"""Share of the length of all lines that is not yet drawn at strength 1: from, to."""

_TURN = {
    Facial.OUTLINE: 0.0,
    Facial.REST: 1.0,
    Facial.LEFT_EYE: 1.6,
    Facial.RIGHT_EYE: 1.8,
    Facial.NOSE: 2.4,
    Facial.MOUTH: 3.0,
    Facial.LEFT_BROW: 3.4,
    Facial.RIGHT_BROW: 3.6,
}
"""When a part is drawn by a person who begins with the head."""


def drop(strokes: Strokes, strength: float, rng: np.random.Generator) -> Strokes:
    """Strokes at random are gone, each as likely as the others, whatever its length; never all."""
    count = len(strokes.parts)
    order = rng.permutation(count)
    gone = min(round(DROPPED * strength * count), count - 1)
    return select(strokes, np.sort(order[max(gone, 0) :]))


def progress(strokes: Strokes, strength: float, rng: np.random.Generator) -> Strokes:
    """A drawing that is not finished: its first strokes, the last one broken off."""
    order = _drawing_order(strokes, rng)
    return beginning(select(strokes, order), 1 - strength * rng.uniform(*LEFT_UNDRAWN))


def _drawing_order(strokes: Strokes, rng: np.random.Generator) -> NDArray[np.intp]:
    """Part after part, earlier or later than usual; within a part roughly from top to bottom."""
    turn = np.array([_TURN[part] for part in Facial]) + rng.normal(0, 0.9, len(Facial))
    height = strokes.points[strokes.segments[strokes.starts[:-1], 0], 1]
    within = height / 512 + rng.normal(0, 0.1, len(height))
    return np.argsort(turn[strokes.parts] + 0.2 * within, kind="stable")
