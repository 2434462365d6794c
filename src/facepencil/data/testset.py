"""The test photos and their deformed sketches, read a batch at a time."""

import hashlib
import json
from collections.abc import Iterable, Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from facepencil.data.byte_ranges import ByteRanges, Member, read_member, stored_members
from facepencil.images import Image, decode_png, resize
from facepencil.seeds import unit_of
from facepencil.store import Closing, Shard, ShardError
from facepencil.strokes.pen import painter_input

Level = float | str
"""d in canvas px, or one of `pen.change_names`."""

MOST_TESTED = 10_000
"""Of more test photos so many are looked at, chosen by a hash of their ids."""


class TestSet(Closing):
    """Photos and sketches of given faces, in that order, whatever shards they lie in.

    At most `MOST_TESTED` of them. A context manager; memory holds where the pictures of each face
    lie, some 2 kB.
    """

    __test__ = False  # no test case for pytest

    def __init__(self, ids: Sequence[str], faces: Sequence[Path], deformed: Sequence[Path]) -> None:
        """Open the shards.

        Args:
            ids: the faces of the test split.
            faces: shards of aligned crops.
            deformed: the shards of their sketches at every level.

        Raises:
            ShardError: a shard is damaged, levels differ between shards, or the sketches are not
                those of `ids`: another split, or another set of photos.
        """
        indices = [_index_of(path) for path in deformed]
        self.levels: list[float] = _common(deformed, indices, "levels")
        self.changes: list[str] = _common(deformed, indices, "changes")
        _check(ids, [name for index in indices for name in index["ids"]], deformed)
        self.ids = _some(ids)
        levels: list[Level] = [*self.levels, *self.changes]
        self._photos = _Pictures(faces, {f"{name}.png" for name in self.ids})
        self._sketches = _Pictures(
            deformed, {_member(level, name) for name in self.ids for level in levels}
        )

    def photos_digest(self) -> str:
        """Tells test sets apart by their faces and photos, whatever the shards."""
        return _digest([name, self._photos.checksum(f"{name}.png")] for name in self.ids)

    def sketches_digest(self) -> str:
        """Tells test sets apart by their faces, levels and sketches, whatever the shards."""
        levels: list[Level] = [*self.levels, *self.changes]
        return _digest(
            [name, level, self._sketches.checksum(_member(level, name))]
            for name in self.ids
            for level in levels
        )

    def photos(self, ids: Sequence[str], size: int) -> Image:
        """Photos (N, size, size, 3) of faces."""
        found = [decode_png(self._photos.read(f"{name}.png")) for name in ids]
        return np.stack([resize(photo, size) for photo in found])

    def sketch_png(self, level: Level, name: str) -> bytes:
        """One sketch as it lies in the shard: black on white."""
        return self._sketches.read(_member(level, name))

    def sketches(self, level: Level, ids: Sequence[str], size: int) -> Tensor:
        """What the painter sees of faces: (N, 1, size, size) in [0, 1], stroke 1."""
        rasters = [255 - decode_png(self.sketch_png(level, name)) for name in ids]
        return torch.from_numpy(np.stack([painter_input(raster, size) for raster in rasters]))[
            :, None
        ]

    def close(self) -> None:
        """Close the shards."""
        self._photos.close()
        self._sketches.close()


class _Pictures(Closing):
    """Some members of several archives."""

    def __init__(self, paths: Sequence[Path], wanted: Set[str]) -> None:
        self._found: dict[str, tuple[ByteRanges, Member]] = {}
        for path in paths:
            file = ByteRanges(path)
            members = stored_members(path)
            self._found |= {name: (file, members[name]) for name in wanted & members.keys()}
        missing = sorted(wanted - self._found.keys())
        if missing:
            raise ShardError(f"{', '.join(map(str, paths))}: no member {missing[0]!r}")

    def checksum(self, name: str) -> int:
        return self._found[name][1].crc

    def read(self, name: str) -> bytes:
        return read_member(*self._found[name])

    def close(self) -> None:
        self._found.clear()  # files are closed with the last reference to them


def _index_of(path: Path) -> dict[str, Any]:
    with Shard(path) as shard:
        return shard.index


def _check(ids: Sequence[str], sketched: Sequence[str], deformed: Sequence[Path]) -> None:
    strange = sorted(set(ids) ^ set(sketched))
    if strange or not ids:
        raise ShardError(
            f"{', '.join(map(str, deformed))}: expected sketches of the {len(ids)} faces "
            f"of the test split and no other, they differ in {strange[:3]}"
        )


def _some(ids: Sequence[str]) -> list[str]:
    """At most `MOST_TESTED` faces, in their order; who is among them depends on no other face."""
    if len(ids) <= MOST_TESTED:
        return list(ids)
    chosen = set(sorted(ids, key=lambda name: unit_of("test", name))[:MOST_TESTED])
    return [name for name in ids if name in chosen]


def _digest(parts: Iterable[list[str | float]]) -> str:
    sha256 = hashlib.sha256()
    for part in parts:
        sha256.update(json.dumps(part).encode())
    return sha256.hexdigest()[:16]


def _member(level: Level, name: str) -> str:
    return f"{level if isinstance(level, str) else f'{level:g}'}/{name}.png"


def _common(paths: Sequence[Path], indices: Sequence[dict[str, Any]], key: str) -> list[Any]:
    found = [list(index[key]) for index in indices]
    if not found or any(other != found[0] for other in found):
        names = ", ".join(map(str, paths))
        raise ShardError(f"{names}: expected the same {key} in every shard, got {found}")
    return found[0]
