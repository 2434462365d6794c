"""One-pixel sketches to strokes, as AutoTrace's centreline mode does for the paper."""

import numpy as np
from numpy.typing import NDArray

from facepencil.images import Image
from facepencil.strokes.fit import fit
from facepencil.strokes.strokes import CANVAS_PX, Facial, Strokes
from facepencil.strokes.trace import Chains, trace


def vectorize(
    sketch: Image, tolerance_px: float, min_length_px: float, parts: Image | None = None
) -> Strokes:
    """Strokes of a sketch: one from each end or junction to the next, of few cubics each.

    Args:
        sketch: (H, H) uint8, black lines one pixel wide on white.
        tolerance_px: largest distance between a curve and its pixels, px of the sketch.
        min_length_px: branches with a free end shorter than this are dropped, px of the sketch.
        parts: (H, H) uint8, the `Facial` part of each pixel, where it is known.

    Raises:
        ValueError: the sketch is not a square single-channel image, or `parts` not of its size.
    """
    if sketch.shape != (len(sketch), len(sketch)):
        raise ValueError(f"expected a square single-channel sketch, got shape {sketch.shape}")
    if parts is not None and parts.shape != sketch.shape:
        raise ValueError(f"expected parts of shape {sketch.shape}, got {parts.shape}")
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
        _parts_of(chains, np.zeros_like(sketch) if parts is None else parts),
    )


def _parts_of(chains: Chains, parts: Image) -> NDArray[np.uint8]:
    """The part (K,) in which most of each chain's pixels lie."""
    places = chains.places[chains.order]
    found = parts[places.imag.astype(np.intp), places.real.astype(np.intp)]
    chain = np.repeat(np.arange(len(chains.starts) - 1), np.diff(chains.starts))
    votes = np.zeros((len(chains.starts) - 1, len(Facial)), np.int64)
    np.add.at(votes, (chain, found), 1)
    return np.asarray(votes.argmax(1), np.uint8)
