"""Strokes taken apart and put together: selected, joined, split, cut, subdivided."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from facepencil.strokes.strokes import Strokes


def select(strokes: Strokes, chosen: NDArray[np.intp]) -> Strokes:
    """The strokes of the given indices (n,), in that order, without points that none uses."""
    counts = np.diff(strokes.starts)[chosen]
    starts = np.append(0, np.cumsum(counts))
    rows = np.repeat(strokes.starts[chosen] - starts[:-1], counts) + np.arange(starts[-1])
    return _compact(strokes.points, strokes.segments[rows], starts, strokes.parts[chosen])


def join(drawings: Sequence[Strokes]) -> Strokes:
    """All strokes of one or more drawings as one drawing; points stay each drawing's own."""
    points_before = np.cumsum([0, *(len(one.points) for one in drawings)])
    segments_before = np.cumsum([0, *(len(one.segments) for one in drawings)])
    pairs = list(zip(drawings, points_before[:-1], segments_before[:-1], strict=True))
    return Strokes(
        np.concatenate([one.points for one in drawings]),
        np.concatenate([one.segments + first for one, first, _ in pairs]).astype(np.int32),
        np.concatenate([[0], *(one.starts[1:] + first for one, _, first in pairs)]).astype(
            np.int32
        ),
        np.concatenate([one.parts for one in drawings]),
    )


def split(strokes: Strokes, groups: NDArray[np.intp]) -> tuple[Strokes, NDArray[np.intp]]:
    """Give each group of strokes points of its own.

    Args:
        strokes: those of one sketch.
        groups: (K,) the group of each stroke, from 0.

    Returns:
        The same drawing, in which only strokes of one group share points, and the group of each
        point.
    """
    owner = groups[stroke_of_segment(strokes)][:, None]
    keys = owner * len(strokes.points) + strokes.segments
    used, places = np.unique(keys, return_inverse=True)
    owners, points = np.divmod(used, max(len(strokes.points), 1))
    segments = places.reshape(-1, 4).astype(np.int32)
    return replace(strokes, points=strokes.points[points], segments=segments), owners


def connected(strokes: Strokes) -> NDArray[np.intp]:
    """Number (K,) from 0 of the connected group of each stroke: those that share points."""
    stroke = np.repeat(stroke_of_segment(strokes), 4)
    point = strokes.segments.ravel()
    group = np.arange(len(strokes.parts))
    while True:
        least = np.full(len(strokes.points), len(group))
        np.minimum.at(least, point, group[stroke])
        merged = group.copy()
        np.minimum.at(merged, stroke, least[point])
        if (merged == group).all():
            return np.unique(group, return_inverse=True)[1]
        group = merged


def without(strokes: Strokes, gone: NDArray[np.bool_]) -> Strokes:
    """Take segments (S,) out; what is left of a stroke on the two sides become two strokes."""
    kept = ~gone
    stroke = stroke_of_segment(strokes)
    run = (stroke * (len(gone) + 1) + np.cumsum(gone))[kept]
    bounds = np.flatnonzero(np.diff(run, prepend=-1))
    parts = strokes.parts[stroke[kept][bounds]]
    starts = np.append(bounds, len(run))
    return _compact(strokes.points, strokes.segments[kept], starts, parts)


def beginning(strokes: Strokes, share: float) -> Strokes:
    """The first `share` (0 to 1) of the length of all lines; the last stroke ends on its way.

    Strokes without any length are returned as they are.
    """
    reached = np.cumsum(segment_lengths(strokes))
    if not len(reached) or reached[-1] == 0:
        return strokes
    last = min(int(np.searchsorted(reached, share * reached[-1])), len(reached) - 1)
    before = reached[last - 1] if last else 0.0
    t = np.array([(share * reached[-1] - before) / max(reached[last] - before, 1e-9)])
    corners = piece(strokes.points[strokes.segments[[last]]], np.zeros(1), t)[0]
    count = len(strokes.points)
    segments = strokes.segments[: last + 1].copy()
    segments[-1, 1:] = np.arange(count, count + 3)
    starts = np.append(strokes.starts[strokes.starts <= last], last + 1)
    points = np.concatenate([strokes.points, corners[1:].astype(np.float32)])
    return _compact(points, segments, starts, strokes.parts[: len(starts) - 1])


def subdivide(strokes: Strokes, piece_px: float) -> Strokes:
    """The same drawing in segments of about `piece_px` at most."""
    counts = np.maximum(np.ceil(segment_lengths(strokes) / piece_px), 1).astype(np.intp)
    of = np.repeat(np.arange(len(counts)), counts)
    ends = np.cumsum(counts)
    number = np.arange(len(of)) - (ends - counts)[of]
    corners = piece(
        strokes.points[strokes.segments[of]], number / counts[of], (number + 1) / counts[of]
    )
    inner = len(strokes.points) + np.arange(len(of))
    controls = len(strokes.points) + len(of) + np.arange(2 * len(of)).reshape(-1, 2)
    first = np.where(number == 0, strokes.segments[of, 0], inner - 1)
    last = np.where(number + 1 == counts[of], strokes.segments[of, 3], inner)
    points = np.concatenate([strokes.points, corners[:, 3], corners[:, 1:3].reshape(-1, 2)])
    segments = np.column_stack([first, controls, last])
    starts = np.append(0, ends)[strokes.starts]
    return _compact(points.astype(np.float32), segments, starts, strokes.parts)


def through(
    knots: Sequence[NDArray[np.floating]], parts: Sequence[int] | NDArray[np.uint8]
) -> Strokes:
    """One smooth stroke through each list of knots (n >= 2, 2), canvas px: Catmull-Rom curves.

    A knot given twice is a corner. `parts` has the part of each stroke.
    """
    joined = np.concatenate([np.zeros((0, 2)), *knots])
    counts = np.array([len(one) for one in knots], np.intp)
    last = np.cumsum(counts) - 1
    before = np.maximum(np.arange(len(joined)) - 1, 0)
    after = np.minimum(np.arange(len(joined)) + 1, max(len(joined) - 1, 0))
    before[last - counts + 1], after[last] = last - counts + 1, last
    bend = (joined[after] - joined[before]) / 6
    first = np.delete(np.arange(len(joined)), last)
    controls = np.stack([joined[first] + bend[first], joined[first + 1] - bend[first + 1]], 1)
    places = len(joined) + np.arange(2 * len(first)).reshape(-1, 2)
    return Strokes(
        np.concatenate([joined, controls.reshape(-1, 2)]).astype(np.float32),
        np.column_stack([first, places, first + 1]).astype(np.int32),
        np.append(0, np.cumsum(counts - 1)).astype(np.int32),
        np.asarray(parts, np.uint8),
    )


def piece(
    curves: NDArray[np.floating], start: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Control points (S, 4, 2) of cubics (S, 4, 2) between their parameters `start` and `end`."""
    at = [(start, start, start), (start, start, end), (start, end, end), (end, end, end)]
    return np.stack([_blossom(curves, *which) for which in at], axis=1)


def stroke_of_segment(strokes: Strokes) -> NDArray[np.intp]:
    """Index (S,) of the stroke that each segment belongs to."""
    return np.repeat(np.arange(len(strokes.parts)), np.diff(strokes.starts))


def segment_lengths(strokes: Strokes) -> NDArray[np.float64]:
    """Lengths (S,) of the segments, px: those of their control polygons, a little too long."""
    steps = np.diff(strokes.points[strokes.segments].astype(np.float64), axis=1)
    return np.asarray(np.hypot(steps[..., 0], steps[..., 1]).sum(1))


def _blossom(curves: NDArray[np.floating], *at: NDArray[np.float64]) -> NDArray[np.float64]:
    """De Casteljau's construction with a parameter of its own in each of the three rounds."""
    for t in at:
        weight = t[:, None, None]
        curves = curves[:, :-1] * (1 - weight) + curves[:, 1:] * weight
    return np.asarray(curves[:, 0], np.float64)


def _compact(
    points: NDArray[np.float32],
    segments: NDArray[np.integer],
    starts: NDArray[np.integer],
    parts: NDArray[np.uint8],
) -> Strokes:
    used = np.zeros(len(points), np.bool_)
    used[segments] = True
    places = np.cumsum(used) - 1
    return Strokes(points[used], places[segments].astype(np.int32), starts.astype(np.int32), parts)
