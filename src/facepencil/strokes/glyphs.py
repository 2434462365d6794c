"""The simplest shapes people draw, by hand: never quite round, straight or closed.

A glyph is the knots (n, 2) of one stroke in a frame of its own: x and y from -1 to 1, y down. A
knot given twice is a corner.
"""

import numpy as np
from numpy.typing import NDArray

Knots = NDArray[np.float64]


def ring(rng: np.random.Generator) -> Knots:
    """A circle from a point at the top, closed too early or too late."""
    gap, drift, start = rng.uniform(-0.25, 0.5), rng.normal(0, 0.07), rng.normal(-np.pi / 2, 0.5)
    turned = np.linspace(0, 2 * np.pi + gap, 11)
    wave = rng.normal(0, 0.05, 2) @ np.sin(np.outer([1, 2], turned) + rng.uniform(0, 6, (2, 1)))
    radius = 1 + wave + drift * turned / turned[-1]
    way = 1 if rng.random() < 0.5 else -1
    return np.asarray(radius[:, None] * _circle(way * turned + start))


def dot(rng: np.random.Generator) -> Knots:
    """A spot, filled by scribbling inwards."""
    turned = np.linspace(0, 4.5 * np.pi, 14) + rng.uniform(0, 6)
    return np.linspace(1, 0.15, 14)[:, None] * _circle(turned) + rng.normal(0, 0.06, (14, 2))


def line(rng: np.random.Generator) -> Knots:
    """A straight line from left to right."""
    return arc(0, rng)


def arc(sag: float, rng: np.random.Generator) -> Knots:
    """A curve from left to right whose middle hangs down by `sag`."""
    x = np.linspace(-1, 1, 5)
    peak = rng.normal(0, 0.15)
    y = sag * (1 - x**2) * (1 + peak * x) + 0.1 * rng.normal(0, 1) * x
    return np.column_stack([x, y]) + rng.normal(0, 0.025, (5, 2))


def upright(rng: np.random.Generator) -> Knots:
    """A curve from top to bottom that bulges to one side."""
    return arc(rng.uniform(-0.5, 0.5), rng)[:, ::-1]


def triangle(rng: np.random.Generator) -> Knots:
    """Up, and down to both sides; one side may be missing."""
    corners = np.array([[-0.1, -1], [-0.9, 0.95], [0.9, 0.9], [0.05, -0.9]])
    return _cornered(corners[: rng.choice([3, 4])] + rng.normal(0, 0.06, 2), rng)


def angle(rng: np.random.Generator) -> Knots:
    """A letter L: down and to one side."""
    side = rng.choice([-1, 1])
    return _cornered(np.array([[0.15 * side, -1], [-0.5 * side, 0.9], [0.7 * side, 0.85]]), rng)


def _cornered(corners: Knots, rng: np.random.Generator) -> Knots:
    return np.repeat(corners + rng.normal(0, 0.05, corners.shape), 2, axis=0)[1:-1]


def _circle(turned: NDArray[np.float64]) -> Knots:
    return np.column_stack([np.cos(turned), np.sin(turned)])
