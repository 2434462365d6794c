"""Strokes: chains of cubic Beziers that share the points at which they meet."""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facepencil.store import ShardError, atomic

CANVAS_PX = 512
"""Side of the canvas on which strokes and `deform_px` are expressed, px."""


class Facial(IntEnum):
    """Part of the face that a stroke belongs to; left and right as seen in the picture."""

    REST = 0
    LEFT_BROW = 1
    RIGHT_BROW = 2
    LEFT_EYE = 3
    RIGHT_EYE = 4
    NOSE = 5
    MOUTH = 6
    OUTLINE = 7


@dataclass(frozen=True)
class Strokes:
    """The strokes of one sketch, on the square canvas of 512 px.

    Coordinates are continuous: pixel i of the canvas covers [i, i + 1), its centre is i + 0.5, so
    changing the size of a sketch multiplies them and mirroring is x -> 512 - x. Segments that meet
    hold the same point index, so they stay joined wherever the points move.

    Attributes:
        points: (P, 2) float32, x to the right and y down, canvas px.
        segments: (S, 4) int32 into `points`: end, control, control, end. Two ends and controls may
            be one point (a dot repeats one index four times).
        starts: (K + 1,) int32; stroke k is segments `starts[k]:starts[k + 1]`, each beginning where
            the one before ended.
        parts: (K,) uint8; the `Facial` part of each stroke, 0 where nobody knows.
    """

    points: NDArray[np.float32]
    segments: NDArray[np.int32]
    starts: NDArray[np.int32]
    parts: NDArray[np.uint8]

    def __post_init__(self) -> None:
        """Check shapes and indices.

        Raises:
            ValueError: says which array breaks the rules above.
        """
        if self.points.shape != (len(self.points), 2):
            raise ValueError(f"points: expected shape (P, 2), got {self.points.shape}")
        if self.segments.shape != (len(self.segments), 4):
            raise ValueError(f"segments: expected shape (S, 4), got {self.segments.shape}")
        if self.segments.size and not 0 <= self.segments.min() <= self.segments.max() < len(
            self.points
        ):
            raise ValueError(f"segments: expected indices of {len(self.points)} points")
        ends = self.starts[[0, -1]].tolist() if self.starts.size else []
        if ends != [0, len(self.segments)] or (np.diff(self.starts) < 1).any():
            raise ValueError(f"starts: expected to rise from 0 to {len(self.segments)}")
        if self.parts.shape != (len(self.starts) - 1,) or (self.parts > max(Facial)).any():
            count = len(self.starts) - 1
            raise ValueError(f"parts: expected {count} of 0 to {max(Facial)}, one a stroke")


_ARRAYS = ("points", "segments", "starts", "parts")
"""What is kept of strokes in files."""


def no_strokes() -> Strokes:
    """The strokes of an empty sketch."""
    points, segments = np.zeros((0, 2), np.float32), np.zeros((0, 4), np.int32)
    return Strokes(points, segments, np.zeros(1, np.int32), np.zeros(0, np.uint8))


def write_strokes(path: Path, sketches: Mapping[str, Strokes], rejects: Sequence[str] = ()) -> None:
    """Write the strokes of many sketches, by id in the mapping's order, as one npz or nothing.

    Ragged arrays are concatenated, with indices counted within each sketch; equal strokes give
    equal bytes. `rejects` are the ids of faces that could not be sketched, and have no strokes.
    """
    kept = list(sketches.values())
    sizes = [[len(getattr(s, name)) for name in _ARRAYS] for s in kept]
    with atomic(path) as temporary:
        np.savez(
            temporary,
            ids=np.array(list(sketches), np.str_),
            rejects=np.array(rejects, np.str_),
            sizes=np.array(sizes, np.int64).reshape(-1, len(_ARRAYS)),
            points=_joined((s.points for s in kept), np.zeros((0, 2), np.float32)),
            segments=_joined((s.segments for s in kept), np.zeros((0, 4), np.int32)),
            starts=_joined((s.starts for s in kept), np.zeros(0, np.int32)),
            parts=_joined((s.parts for s in kept), np.zeros(0, np.uint8)),
        )


def read_strokes(path: Path) -> dict[str, Strokes]:
    """Inverse of `write_strokes`.

    Raises:
        ShardError: names the file, and what is wrong with it.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            ids, sizes = file["ids"].tolist(), file["sizes"]
            arrays = [file[name] for name in _ARRAYS]
        bounds = np.stack([np.cumsum(sizes, axis=0) - sizes, np.cumsum(sizes, axis=0)], axis=2)
        return {
            name: Strokes(
                *(array[first:end] for array, (first, end) in zip(arrays, own, strict=True))
            )
            for name, own in zip(ids, bounds.tolist(), strict=True)
        }
    except FileNotFoundError as error:
        raise ShardError(f"{path}: no such file of strokes") from error
    except (ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile) as error:
        raise ShardError(f"{path}: expected strokes in an npz file: {error}") from error


def stroke_ids(path: Path) -> tuple[list[str], list[str]]:
    """Ids of the sketches in a file of `write_strokes` and of its rejects; no strokes are read.

    Raises:
        ShardError: names the file, and what is wrong with it.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return file["ids"].tolist(), file["rejects"].tolist()
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ShardError(f"{path}: expected strokes in an npz file: {error}") from error


def _joined(
    arrays: Iterable[NDArray[np.generic]], empty: NDArray[np.generic]
) -> NDArray[np.generic]:
    return np.concatenate([empty, *arrays]).astype(empty.dtype, copy=False)
