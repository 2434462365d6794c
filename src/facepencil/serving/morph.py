"""Lines that turn into others: every point moves straight, so ink changes little with the share."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from facepencil.strokes.polylines import Chain, PartLine, lengths

STEP_PX = 4.0
"""Distance of points along lines, canvas px: two pixels of a sketch of the usual size."""
_TORN = 4 * STEP_PX
"""Neighbours that would move further apart than this part company."""
_COVERED = 1.5 * STEP_PX
"""Ink so near to the origin of a wanted line is drawn by it."""

Moves = Callable[[Chain], Chain]
"""Maps points (n, 2) to points."""


@dataclass(frozen=True)
class Motion:
    """A line on its way.

    Attributes:
        before: its points at a share of 0.
        after: the same points at 1.
        part: `Facial` part that it belongs to.
        appears: it is drawn little by little as the share rises.
    """

    before: Chain
    after: Chain
    part: int
    appears: bool = False


class Comparison(NamedTuple):
    """How drawn and wanted lines are compared.

    Attributes:
        drawn: brings points of the drawing to where they can be compared.
        wanted: brings points of the wanted lines there.
        reach: distance there up to which lines correspond.
        carry: where ink goes that corresponds to nothing.
    """

    drawn: Moves
    wanted: Moves
    reach: float
    carry: Moves


def lines_at(motions: Iterable[Motion], share: float) -> list[PartLine]:
    """Where lines are at a share in 0..1."""
    moved = ((one, (1 - share) * one.before + share * one.after) for one in motions)
    return [
        PartLine(_beginning(points, share) if one.appears else points, one.part)
        for one, points in moved
        if share > 0 or not one.appears
    ]


def appearing(lines: Iterable[PartLine]) -> list[Motion]:
    """Lines that are drawn little by little where they belong."""
    return [Motion(one.points, one.points, one.part, True) for one in lines]


def morph(drawn: Sequence[PartLine], wanted: Sequence[PartLine], how: Comparison) -> list[Motion]:
    """Drawn lines turn into wanted ones.

    Wanted lines set out from the nearest ink of the drawing. Ink from which none of them does
    goes to the nearest of them. Either needs at least one line; n log n in the points.
    """
    ink, goal = (np.concatenate([one.points for one in lines]) for lines in (drawn, wanted))
    found: list[Motion] = []
    origins = [np.full((1, 2), np.inf)]
    to_ink = cKDTree(how.drawn(ink))
    for one in wanted:
        distance, nearest = to_ink.query(how.wanted(one.points))
        near = distance <= how.reach
        origins.append(ink[nearest[near]])
        found += _pieces(Motion(ink[nearest], one.points, one.part), near)
        found += appearing(PartLine(one.points[run], one.part) for run in _runs(~near))
    return found + _leftovers(drawn, np.concatenate(origins), goal, how)


def _leftovers(
    drawn: Sequence[PartLine], origins: Chain, goal: Chain, how: Comparison
) -> list[Motion]:
    """Motions of the ink from which no wanted line sets out."""
    covering = cKDTree(origins[np.isfinite(origins[:, 0])])
    to_goal = cKDTree(how.wanted(goal))
    found = []
    for one in drawn:
        bare = covering.query(one.points, distance_upper_bound=_COVERED)[0] > _COVERED
        distance, nearest = to_goal.query(how.drawn(one.points))
        near = (distance <= how.reach)[:, None]
        after = np.where(near, goal[nearest], how.carry(one.points))
        found += _pieces(Motion(one.points, after, one.part), bare)
    return found


def _beginning(chain: Chain, share: float) -> Chain:
    """A chain from its first point on, a share of its length."""
    reach = lengths(chain)
    end = share * reach[-1]
    last = [np.interp(end, reach, chain[:, axis]) for axis in (0, 1)]
    return np.vstack([chain[: max(1, int((reach < end).sum()))], last])


def _runs(chosen: NDArray[np.bool_]) -> list[slice]:
    """Stretches of chosen points, each with one neighbour on either side; none is a single one."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], chosen.astype(np.int8), [0]])))
    grown = [
        slice(max(0, first - 1), min(len(chosen), end + 1))
        for first, end in edges.reshape(-1, 2).tolist()
    ]
    return [one for one in grown if one.stop - one.start > 1]


def _pieces(motion: Motion, chosen: NDArray[np.bool_]) -> list[Motion]:
    """The chosen stretches of a motion, cut where neighbours would part company.

    There, the link between them shrinks to a point at the end at which it would be stretched.
    """
    before, after = motion.before, motion.after
    return [
        Motion(_with_next(before, piece), _with_next(after, piece), motion.part)
        for run in _runs(chosen)
        for piece in _cut(motion, run)
    ]


def _cut(motion: Motion, run: slice) -> list[slice]:
    steps = (np.hypot(*np.diff(p[run], axis=0).T) for p in (motion.before, motion.after))
    cuts = np.flatnonzero(np.maximum(*steps) > _TORN) + 1 + run.start
    return [slice(*ends) for ends in pairwise([run.start, *cuts.tolist(), run.stop])]


def _with_next(chain: Chain, piece: slice) -> Chain:
    """A piece and the point after it, or its last again where that is far off or none."""
    own = chain[piece]
    after = chain[piece.stop : piece.stop + 1]
    far = not len(after) or np.hypot(*(after[0] - own[-1])) > _TORN
    return np.vstack([own, own[-1:] if far else after])
