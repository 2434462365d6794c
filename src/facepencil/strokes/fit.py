"""Least-squares fit of cubic Beziers to chains of points, all pieces at once."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from facepencil.strokes.plane import Floats, Ints, Plane

Number = TypeVar("Number", np.float64, np.complex128)

_STIFFNESS = 1e-2
_LONGEST = 48
_SHORTEST_SHARE = 0.3


@dataclass(frozen=True)
class Pieces:
    """Cubics along a run of points, in the order of the run.

    Attributes:
        first: (S,) index of the point where piece s begins.
        last: (S,) index of the point where it ends; equal to `first` for a dot.
        controls: (S, 2) the two inner control points, complex.
    """

    first: Ints
    last: Ints
    controls: Plane


@dataclass(frozen=True)
class _Run:
    """The points of the pieces being fitted, end to end.

    Attributes:
        index: (N,) indices of the points among all points given to `fit`.
        here: (N,) the points themselves.
        begins: (S + 1,) piece s has points `begins[s]:begins[s + 1]`.
        piece: (N,) the piece of each point.
    """

    index: Ints
    here: Plane
    begins: Ints
    piece: Ints


def fit(points: Plane, starts: Ints, tolerance: float) -> Pieces:
    """Cover chains of points with few cubics, each within `tolerance` of its points.

    A piece that misses is split at the point that it misses most, moved inwards where that would
    leave a very short part: deformation would turn such parts into scribbles. Both parts are fitted
    again. The ends of the pieces are points of the chain.

    Args:
        points: (N,) chain after chain, complex, in any unit.
        starts: (K + 1,) chain k is `points[starts[k]:starts[k + 1]]`, at least one point.
        tolerance: largest distance between a point and the curve at its parameter.
    """
    first, last = _evenly(starts[:-1], starts[1:] - 1)
    done = [(first[:0], first[:0], points[:0].reshape(0, 2))]
    while first.size:
        controls, miss, worst = _fit_once(points, first, last)
        good = miss <= tolerance
        done.append((first[good], last[good], controls[good]))
        first, last, worst = first[~good], last[~good], worst[~good]
        shortest = np.maximum(1, ((last - first) * _SHORTEST_SHARE).astype(np.int64))
        cut = np.clip(worst, first + shortest, last - shortest)
        first, last = np.concatenate([first, cut]), np.concatenate([cut, last])
    first, last, controls = (np.concatenate(parts) for parts in zip(*done, strict=True))
    order = np.argsort(first, kind="stable")
    return Pieces(first[order], last[order], controls[order])


def _evenly(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Split long chains into equal pieces, to save the rounds of fitting that would split them."""
    count = np.maximum(1, -(-(last - first) // _LONGEST))
    chain = np.repeat(np.arange(first.size), count)
    turn = np.arange(chain.size) - np.repeat(np.cumsum(count) - count, count)
    first, length, count = first[chain], (last - first)[chain], count[chain]
    return first + length * turn // count, first + length * (turn + 1) // count


def _fit_once(points: Plane, first: Ints, last: Ints) -> tuple[Plane, Floats, Ints]:
    """Controls (S, 2), largest error (S,) and the index of the point with that error (S,)."""
    run = _run(points, first, last)
    ends = points[first], points[last]
    t = _chord_length(run)
    t = _nearer(run, t, _polynomial(ends, _solve(run, t, ends)))
    controls = _solve(run, t, ends)
    offset = _at(run, t, _polynomial(ends, controls)) - run.here
    return controls, *_worst(run, offset)


def _run(points: Plane, first: Ints, last: Ints) -> _Run:
    lengths = last - first + 1
    begins = np.append(0, np.cumsum(lengths))
    index = np.arange(begins[-1]) + np.repeat(first - begins[:-1], lengths)
    return _Run(index, points[index], begins, np.repeat(np.arange(first.size), lengths))


def _chord_length(run: _Run) -> Floats:
    """Parameters 0..1 of the points by chord length along their chain."""
    along = np.cumsum(np.abs(np.diff(run.here, prepend=run.here[:1])))
    head, tail = along[run.begins[:-1]], along[run.begins[1:] - 1]
    total = np.where(tail > head, tail - head, 1)
    t: Floats = (along - head[run.piece]) / total[run.piece]
    return t


def _solve(run: _Run, t: Floats, ends: tuple[Plane, Plane]) -> Plane:
    """Least squares for the inner controls: the 2 x 2 normal equations of all pieces at once.

    A small penalty on leaving the straight line makes pieces of few points well-posed.
    """
    begin, chord = ends[0], ends[1] - ends[0]
    off = run.here - begin[run.piece] - t * chord[run.piece]
    one, two = 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t)
    aa, ab, bb = (_sums(run, term) for term in (one * one, one * two, two * two))
    a, b = (_sums(run, term) for term in (one * off, two * off))
    aa, bb = aa + _STIFFNESS, bb + _STIFFNESS
    bend = np.column_stack([bb * a - ab * b, aa * b - ab * a]) / (aa * bb - ab * ab)[:, None]
    return np.asarray(np.column_stack([begin + chord / 3, begin + chord * (2 / 3)]) + bend)


def _sums(run: _Run, terms: NDArray[Number]) -> NDArray[Number]:
    return np.asarray(np.add.reduceat(terms, run.begins[:-1]), terms.dtype)


def _polynomial(ends: tuple[Plane, Plane], controls: Plane) -> Plane:
    """Coefficients (4, S) of 1, t, t^2, t^3."""
    begin, end = ends
    one, two = controls.T
    return np.stack(
        [begin, 3 * (one - begin), 3 * (begin - 2 * one + two), end - begin + 3 * (one - two)]
    )


def _at(run: _Run, t: Floats, polynomial: Plane) -> Plane:
    k, c, b, a = polynomial[:, run.piece]
    return np.asarray(((a * t + b) * t + c) * t + k)


def _nearer(run: _Run, t: Floats, polynomial: Plane) -> Floats:
    """One Newton step of each parameter towards the curve's nearest point."""
    k, c, b, a = polynomial[:, run.piece]
    offset = ((a * t + b) * t + c) * t + k - run.here
    slope = (3 * a * t + 2 * b) * t + c
    bend = 6 * a * t + 2 * b
    up, down = _dot(offset, slope), _dot(slope, slope) + _dot(offset, bend)
    return np.clip(t - np.divide(up, down, out=np.zeros_like(up), where=down > 0), 0, 1)


def _dot(a: Plane, b: Plane) -> Floats:
    return a.real * b.real + a.imag * b.imag


def _worst(run: _Run, offset: Plane) -> tuple[Floats, Ints]:
    """Largest error of every piece, and the first point that has it."""
    miss = np.abs(offset)
    largest = np.maximum.reduceat(miss, run.begins[:-1])
    at = np.flatnonzero(miss == largest[run.piece])
    return largest, run.index[at[np.searchsorted(at, run.begins[:-1])]]
