"""Lines in wrong places: parts of the face moved as a whole, and the whole face warped."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from facepencil.strokes.edit import connected, split
from facepencil.strokes.strokes import CANVAS_PX, Facial, Strokes

_MILD = 0.35
"""How far head and hair move, compared with what lies within the face."""

_WAVES = 4
_SLOPE = 0.6


def parts(strokes: Strokes, strength: float, rng: np.random.Generator) -> Strokes:
    """Each facial part is shifted, scaled and turned about its own middle, left and right apart.

    At strength 1 by up to 32 px, by a factor of up to 1.45 along either axis and by 20 degrees;
    outline and rest about a third of that. Where no stroke has a label, connected groups of
    strokes move by a third.
    """
    known = strokes.parts.any()
    groups = strokes.parts.astype(np.intp) if known else connected(strokes)
    count = len(Facial) if known else int(groups.max(initial=0)) + 1
    extent = np.full(count, strength * (1.0 if known else _MILD))
    if known:
        extent[[Facial.REST, Facial.OUTLINE]] *= _MILD
    return move_groups(strokes, groups, extent, rng)


def move_groups(
    strokes: Strokes,
    groups: NDArray[np.intp],
    extent: NDArray[np.float64],
    rng: np.random.Generator,
) -> Strokes:
    """Shift, scale and turn groups of strokes, each about its own middle.

    Args:
        strokes: those of one sketch.
        groups: (K,) the group of each stroke, from 0 to G - 1. Groups that share a point are
            taken apart there.
        extent: (G,) how far each is moved: 1 for up to 32 px, a factor of 1.45 and 20 degrees.
        rng: draws what each group does.
    """
    apart, owner = split(strokes, groups)
    count = len(extent)
    shift = 32 * extent[:, None] * rng.uniform(-1, 1, (count, 2))
    size = rng.uniform(-0.25, 0.25, count)[:, None] + rng.uniform(-0.12, 0.12, (count, 2))
    scale = np.exp(extent[:, None] * size)
    turn = np.deg2rad(20) * extent * rng.uniform(-1, 1, count)
    middle = _middles(apart.points, owner, count)
    x, y = ((apart.points - middle[owner]) * scale[owner]).T
    cos, sin = np.cos(turn)[owner], np.sin(turn)[owner]
    moved = np.column_stack([cos * x - sin * y, sin * x + cos * y]) + (middle + shift)[owner]
    return replace(apart, points=moved.astype(np.float32))


def warp(strokes: Strokes, strength: float, rng: np.random.Generator) -> Strokes:
    """One smooth field for the whole face: squeezed, slanted and tilted, then bent by slow waves.

    The waves' slopes add up to less than 1, so that the field never folds.
    """
    middle = CANVAS_PX / 2
    squeeze = np.diag(np.exp(strength * rng.uniform(-0.18, 0.18, 2)))
    slant = np.array([[1, strength * rng.uniform(-0.15, 0.15)], [0, 1]])
    tilt = np.deg2rad(14) * strength * rng.uniform(-1, 1)
    turn = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    points = strokes.points + strength * _bend(strokes.points, rng)
    moved = (points - middle) @ (turn @ squeeze @ slant).T + middle
    return replace(strokes, points=moved.astype(np.float32))


def _bend(points: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float64]:
    """Displacement (P, 2) by waves of about one canvas, in px; its Jacobian's norm is below 1."""
    angle = rng.uniform(0, 2 * np.pi, _WAVES)
    cycles = rng.uniform(0.6, 1.3, _WAVES) * 2 * np.pi / CANVAS_PX
    phase = rng.uniform(0, 2 * np.pi, _WAVES)
    toward = rng.uniform(0, 2 * np.pi, _WAVES)
    height = rng.dirichlet(np.full(_WAVES, 3.0)) * _SLOPE / cycles
    along = points @ (np.stack([np.cos(angle), np.sin(angle)]) * cycles)
    ways = height[:, None] * np.column_stack([np.cos(toward), np.sin(toward)])
    return np.asarray(np.sin(along + phase) @ ways, np.float64)


def _middles(
    points: NDArray[np.float32], owner: NDArray[np.intp], count: int
) -> NDArray[np.float64]:
    """Middle (count, 2) of the box around the points of each group; far off for an empty group."""
    low, high = np.full((count, 2), 1e6), np.full((count, 2), -1e6)
    np.minimum.at(low, owner, points)
    np.maximum.at(high, owner, points)
    return np.asarray((low + high) / 2, np.float64)
