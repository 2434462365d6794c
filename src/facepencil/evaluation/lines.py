"""How far the lines of one sketch lie from those of another."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from facepencil.sketch.interior import distance_to
from facepencil.sketch.thin import Lines

SIDE_PX = 256
"""Distances are in px of a sketch of this side, whatever its own."""

NEAR_PX = 2
"""Lines no farther apart agree."""

_FARTHEST = np.array([SIDE_PX * 2**0.5], np.float32)


def chamfer(wanted: Tensor, found: Tensor) -> Tensor:
    """Mean distance (N,) from each line pixel to the other sketch's nearest, of both directions.

    Args:
        wanted: (N, S, S) bool, True on the lines that were asked for.
        found: (N, S, S) bool, those that are there. A sketch without lines lies as far off as the
            diagonal is long.
    """
    each = [np.mean([gaps.mean() for gaps in _gaps(*pair)]) for pair in _pairs(wanted, found)]
    return torch.tensor(each, dtype=torch.float64)


def line_f1(wanted: Tensor, found: Tensor) -> Tensor:
    """F1 (N,) of line pixels that have one of the other sketch within `NEAR_PX`; 0..1.

    Precision is the share of such pixels among those found, recall among those wanted. Arguments
    as of `chamfer`.
    """
    return torch.tensor([_f1(*pair) for pair in _pairs(wanted, found)], dtype=torch.float64)


def _f1(wanted: Lines, found: Lines) -> float:
    recall, precision = ((gaps <= NEAR_PX).mean() for gaps in _gaps(wanted, found))
    return float(2 * recall * precision / max(recall + precision, 1e-12))


def _pairs(wanted: Tensor, found: Tensor) -> list[tuple[Lines, Lines]]:
    return list(zip(wanted.numpy(), found.numpy(), strict=True))


def _gaps(wanted: Lines, found: Lines) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Distances of all pixels of `wanted` from `found`, and the other way round; px."""
    if not (wanted.any() and found.any()):
        return _FARTHEST, _FARTHEST
    scale = np.float32(SIDE_PX / len(wanted))
    return distance_to(found)[wanted] * scale, distance_to(wanted)[found] * scale
