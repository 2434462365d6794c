"""Stroke deformation: how S_dfm is made from S_syn (paper, section "Data")."""

import numpy as np
from numpy.typing import NDArray

from facepencil.strokes.strokes import Strokes


def deform(
    strokes: Strokes, deform_px: float, probability: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Move every end and control point by an offset drawn uniformly from [-d, d]^2.

    Segments that share a point stay joined, since each point moves once.

    Args:
        strokes: the untouched strokes.
        deform_px: d, px on the 512 px canvas; 0 leaves the strokes unchanged.
        probability: chance that a coordinate is moved at all (paper: 1; its release: 0.5).
        rng: seeded by what is deformed, such as (seed, "deform", id, level), never by
            the order of drawing.

    Returns:
        (P, 2) float32 canvas px, to be used with `strokes.segments`. May lie off the canvas.
    """
    shape = strokes.points.shape
    offsets = rng.uniform(-deform_px, deform_px, shape)
    moved = rng.random(shape) < probability
    return strokes.points + (offsets * moved).astype(np.float32)
