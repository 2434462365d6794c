"""Strokes as the API has them, chains of points, and as the library has them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from facepencil.serving.bodies import PointChain
from facepencil.strokes.strokes import Strokes

_DECIMALS = 2


def strokes_of_chains(chains: Sequence[PointChain]) -> Strokes:
    """Strokes of one or more chains, each of 3n + 1 points; a single point is a dot."""
    segments, first = [], 0
    for chain in chains:
        count = len(chain)
        ends = np.arange(0, max(count - 1, 1), 3)
        segments.append(first + np.minimum(ends[:, None] + np.arange(4), count - 1))
        first += count
    starts = np.cumsum([0, *map(len, segments)])
    return Strokes(
        np.concatenate([np.array(chain, np.float32) for chain in chains]),
        np.concatenate(segments).astype(np.int32),
        starts.astype(np.int32),
        np.zeros(len(chains), np.uint8),
    )


def chains_of_strokes(strokes: Strokes) -> list[PointChain]:
    """Inverse of `strokes_of_chains`; coordinates have two decimals."""
    return [
        _chain(strokes.segments[first:last], strokes) for first, last in pairwise(strokes.starts)
    ]


def _chain(segments: np.ndarray, strokes: Strokes) -> PointChain:  # type: ignore[type-arg]
    index = np.append(segments[0, 0], segments[:, 1:])
    if (index == index[0]).all():
        index = index[:1]
    points = np.round(strokes.points[index].astype(np.float64), _DECIMALS)
    chain: PointChain = points.tolist()
    return chain
