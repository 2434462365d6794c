"""One-pixel lines to ordered chains of pixels, joined at junctions."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import depth_first_order

from facepencil.strokes.plane import Ints, Plane

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Chains:
    """Paths over places. Chains that meet share a place; a closed chain ends at its first place.

    Attributes:
        places: (M,) x + iy in px, pixel i's centre at i + 0.5: pixels, then centroids of junctions.
        order: (N,) indices into `places`, chain after chain.
        starts: (K + 1,) chain k is `order[starts[k]:starts[k + 1]]`, at least one place.
    """

    places: Plane
    order: Ints
    starts: Ints


@dataclass(frozen=True)
class _Graph:
    """Stroke pixels and which of them are neighbours.

    Attributes:
        places: as in `Chains`.
        flat: (P,) flat indices of the pixels in the padded mask.
        edges: (2, E) pairs of pixels, each pair once.
        junction: (P,) index in `places` of the junction that a pixel belongs to, or -1.
        rings: one pixel of each closed line without junctions.
    """

    places: Plane
    flat: Ints
    edges: Ints
    junction: Ints
    rings: Ints


def trace(lines: Mask, min_length_px: float = 0.0) -> Chains:
    """Walk every line once: from end or junction to end or junction, or around a closed loop.

    Pixels where three or more lines meet are merged into one place.

    Args:
        lines: (H, W) mask of lines one pixel wide (thin them first), 8-connected.
        min_length_px: branches with a free end that are shorter than this are dropped, px.
    """
    mask = np.pad(lines, 1)
    graph = _graph(mask)
    chains = _walk(graph)
    spurs = _spurs(chains, graph.flat.size, min_length_px)
    if spurs.size:
        mask.ravel()[graph.flat[spurs]] = False
        chains = _walk(_graph(mask))
    return chains


def _graph(mask: Mask) -> _Graph:
    flat = np.flatnonzero(mask)
    edges = _edges(mask.ravel(), flat, mask.shape[1])
    degree = np.bincount(edges.ravel(), minlength=flat.size)
    count, junction = _labels(mask, flat, degree > 2)
    xy = (flat % mask.shape[1] - 0.5) + 1j * (flat // mask.shape[1] - 0.5)
    places = np.concatenate([xy, _centroids(xy, junction, count)])
    junction = np.where(junction >= 0, junction + flat.size, -1)
    return _Graph(places, flat, edges, junction, _rings(mask, flat, degree))


def _edges(mask: Mask, flat: Ints, width: int) -> Ints:
    """Joins 8-neighbours; diagonal ones only if no pixel beside them connects them already."""
    number = np.empty(mask.size, np.int64)
    number[flat] = np.arange(flat.size)
    east, south, west = mask[flat + 1], mask[flat + width], mask[flat - 1]
    steps = {
        1: east,
        width: south,
        width + 1: mask[flat + width + 1] & ~(east | south),
        width - 1: mask[flat + width - 1] & ~(west | south),
    }
    first = [np.flatnonzero(there) for there in steps.values()]
    second = [number[flat[i] + step] for i, step in zip(first, steps, strict=True)]
    return np.stack([np.concatenate(first), np.concatenate(second)])


def _labels(mask: Mask, flat: Ints, chosen: Mask) -> tuple[int, Ints]:
    """Count of 8-connected groups of the chosen pixels, and each pixel's group or -1."""
    canvas = np.zeros(mask.shape, np.uint8)
    canvas.ravel()[flat[chosen]] = 1
    count, labels = cv2.connectedComponents(canvas, connectivity=8)
    return count - 1, labels.ravel()[flat].astype(np.int64) - 1


def _centroids(xy: Plane, group: Ints, count: int) -> Plane:
    inside = group >= 0
    of, xy = group[inside], xy[inside]
    sums = np.bincount(of, xy.real, count) + 1j * np.bincount(of, xy.imag, count)
    return np.asarray(sums / np.bincount(of, minlength=count), np.complex128)


def _rings(mask: Mask, flat: Ints, degree: Ints) -> Ints:
    """The leftmost pixel of every ring: in faces, a corner of an eye, the lips or a brow."""
    count, part = _labels(mask, flat, degree >= 0)
    is_ring = np.ones(count, np.bool_)
    is_ring[part[degree != 2]] = False
    pixels = np.flatnonzero(is_ring[part])
    leftwards = pixels[np.argsort(-(flat[pixels] % mask.shape[1]), kind="stable")]
    first = np.full(count, -1)
    first[part[leftwards]] = leftwards
    return first[first >= 0]


def _walk(graph: _Graph) -> Chains:
    """Chains of the pixels outside junctions, with the junctions added at their ends."""
    order, starts, closed = _paths(graph)
    head, tail = _ends(graph, order, starts)
    tail = np.where(closed, order[starts[:-1]], tail)
    order, starts = _attach(order, starts, head, tail)
    order, starts = _without_tiny_loops(order, starts)
    return Chains(graph.places, *_with_isolated_junctions(order, starts, graph))


def _paths(graph: _Graph) -> tuple[Ints, Ints, Mask]:
    """Order the pixels outside junctions along paths: order (N,), starts (K + 1,), closed (K,).

    A depth-first search from an extra root, connected to the ends of the paths and to a pixel of
    each ring, follows one path after the other.
    """
    root = graph.flat.size
    plain = graph.junction < 0
    edges = graph.edges[:, plain[graph.edges].all(axis=0)]
    degree = np.bincount(edges.ravel(), minlength=root)
    tips = np.concatenate([np.flatnonzero(plain & (degree < 2)), graph.rings])
    tree = np.stack([np.full(tips.size, root), tips])
    row, column = np.concatenate([edges, edges[::-1], tree], axis=1)
    matrix = csr_array((np.ones(row.size), (row, column)), shape=(root + 1, root + 1))
    order, parent = depth_first_order(matrix, root)
    order = order[1:].astype(np.int64)
    starts = np.append(np.flatnonzero(parent[order] == root), order.size)
    return order, starts, degree[order[starts[:-1]]] == 2


def _ends(graph: _Graph, order: Ints, starts: Ints) -> tuple[Ints, Ints]:
    """The junction before the first and after the last pixel of each path, or -1."""
    touch = graph.edges[:, (graph.junction[graph.edges] >= 0).sum(axis=0) == 1]
    touch = np.where(graph.junction[touch[0]] >= 0, touch[::-1], touch)
    pixel, beside = touch[:, np.argsort(touch[0], kind="stable")]
    again = np.append(False, pixel[1:] == pixel[:-1])[: pixel.size]
    one, two = np.full((2, graph.flat.size), -1)
    one[pixel[~again]] = graph.junction[beside[~again]]
    two[pixel[again]] = graph.junction[beside[again]]
    last = order[starts[1:] - 1]
    return one[order[starts[:-1]]], np.where(np.diff(starts) == 1, two[last], one[last])


def _attach(order: Ints, starts: Ints, head: Ints, tail: Ints) -> tuple[Ints, Ints]:
    """Add the places `head` before and `tail` after each chain, except where they are -1."""
    at = np.concatenate([starts[1:][tail >= 0], starts[:-1][head >= 0]])
    places = np.concatenate([tail[tail >= 0], head[head >= 0]])
    lengths = np.diff(starts) + (head >= 0) + (tail >= 0)
    return np.insert(order, at, places), np.append(0, np.cumsum(lengths))


def _without_tiny_loops(order: Ints, starts: Ints) -> tuple[Ints, Ints]:
    """Drop loops of up to two pixels at a junction: they are part of the junction itself."""
    lengths = np.diff(starts)
    keep = (lengths == 1) | (lengths > 4) | (order[starts[:-1]] != order[starts[1:] - 1])
    return order[np.repeat(keep, lengths)], np.append(0, np.cumsum(lengths[keep]))


def _with_isolated_junctions(order: Ints, starts: Ints, graph: _Graph) -> tuple[Ints, Ints]:
    """Add junctions that no chain reaches as chains of one place."""
    alone = np.arange(len(graph.places)) >= graph.flat.size
    alone[order] = False
    isolated = np.flatnonzero(alone)
    more = starts[-1] + 1 + np.arange(isolated.size)
    return np.concatenate([order, isolated]), np.concatenate([starts, more])


def _spurs(chains: Chains, pixels: int, min_length_px: float) -> Ints:
    """Pixels of short branches with a free end, except at junctions that have no longer one."""
    order, starts = chains.order, chains.starts
    if not order.size:
        return order
    ends = np.stack([order[starts[:-1]], order[starts[1:] - 1]])
    steps = np.abs(np.diff(chains.places[order], append=0))
    steps[starts[1:] - 1] = 0
    length = np.add.reduceat(steps, starts[:-1])
    at_junction = ends >= pixels
    short = (at_junction.sum(axis=0) == 1) & (length < min_length_px)
    held = np.zeros(len(chains.places), np.bool_)
    held[ends[:, ~short]] = True
    drop = short & (held[ends] & at_junction).any(axis=0)
    found: Ints = order[np.repeat(drop, np.diff(starts))]
    return found[found < pixels]
