"""Drawings laid anywhere on the page, for what must find its way in them."""

from dataclasses import replace

import numpy as np

from facepencil.strokes.similarity import about
from facepencil.strokes.strokes import CANVAS_PX, Strokes

SCALES = (0.25, 1.3)
"""Smallest and largest size of a drawing on its page, of the size of a sketch."""
TILT_DEGREES = 30
OVERHANG = 0.1
"""How far a drawing may lie off the page, as a share of its own side."""
MIRRORED = np.array([0, 2, 1, 4, 3, 5, 6, 7], np.uint8)
"""What each `Facial` part is in a mirror."""
_MIDDLE = complex(CANVAS_PX / 2, CANVAS_PX / 2)


def mirrored(strokes: Strokes) -> Strokes:
    """The strokes in a mirror; left parts become right ones."""
    points = strokes.points * np.array([-1, 1], np.float32) + np.array([CANVAS_PX, 0], np.float32)
    return replace(strokes, points=points, parts=MIRRORED[strokes.parts])


def scattered(strokes: Strokes, rng: np.random.Generator) -> Strokes:
    """Mirrored or not, turned, scaled and shifted, all uniformly; most of it stays on the page."""
    scale = rng.uniform(*SCALES)
    angle = np.radians(rng.uniform(-TILT_DEGREES, TILT_DEGREES))
    room = CANVAS_PX * (abs(1 - scale) / 2 + OVERHANG * scale)
    right, down = rng.uniform(-room, room, 2)
    seen = mirrored(strokes) if rng.integers(2) else strokes
    factor = scale * complex(np.cos(angle), np.sin(angle))
    return about(_MIDDLE, factor, _MIDDLE + complex(right, down)).strokes(seen)
