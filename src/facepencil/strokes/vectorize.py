"""One-pixel sketches to strokes, as AutoTrace's centreline mode does for the paper."""

import numpy as np

from facepencil.images import Image
from facepencil.strokes.fit import fit
from facepencil.strokes.strokes import CANVAS_PX, Strokes
from facepencil.strokes.trace import trace


def vectorize(sketch: Image, tolerance_px: float, min_length_px: float) -> Strokes:
    """Strokes of a sketch: one from each end or junction to the next, of few cubics each.

    Args:
        sketch: (H, H) uint8, black lines one pixel wide on white.
        tolerance_px: largest distance between a curve and its pixels, px of the sketch.
        min_length_px: branches with a free end shorter than this are dropped, px of the sketch.

    Raises:
        ValueError: the sketch is not a square single-channel image.
    """
    if sketch.shape != (len(sketch), len(sketch)):
        raise ValueError(f"expected a square single-channel sketch, got shape {sketch.shape}")
    chains = trace(sketch < 128, min_length_px)
    pieces = fit(chains.places[chains.order], chains.starts, tolerance_px)
    ends = chains.order[np.stack([pieces.first, pieces.last])]
    used = np.zeros(chains.places.size, np.bool_)
    used[ends] = True
    first, last = (np.cumsum(used) - 1)[ends]
    controls = used.sum() + np.arange(pieces.controls.size).reshape(-1, 2)
    points = np.concatenate([chains.places[used], pieces.controls.ravel()])
    return Strokes(
        (points * (CANVAS_PX / len(sketch))).view(np.float64).reshape(-1, 2).astype(np.float32),
        np.column_stack([first, controls, last]).astype(np.int32),
        np.searchsorted(pieces.first, chains.starts).astype(np.int32),
    )
