"""The test photos and their deformed sketches, read a batch at a time."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from facepencil.images import Image, decode_png, resize
from facepencil.store import Closing, Shard, ShardError
from facepencil.strokes.pen import painter_input

Level = float | str
"""d in canvas px, or one of `pen.change_names`."""


class TestSet(Closing):
    """Photos and sketches of given faces, in that order, whatever shards they lie in.

    A context manager; memory does not grow with the number of faces.
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
        self.ids = list(ids)
        with ExitStack() as stack:
            photos = [stack.enter_context(Shard(path)) for path in faces]
            sketches = [stack.enter_context(Shard(path)) for path in deformed]
            self.levels: list[float] = _common(sketches, "levels")
            self.changes: list[str] = _common(sketches, "changes")
            self._photos = {face["id"]: shard for shard in photos for face in shard.index["faces"]}
            self._sketches = {name: shard for shard in sketches for name in shard.index["ids"]}
            self._check(deformed)
            self._open = stack.pop_all()

    def _check(self, deformed: Sequence[Path]) -> None:
        strange = sorted(set(self.ids) ^ set(self._sketches))
        if strange or not self.ids:
            raise ShardError(
                f"{', '.join(map(str, deformed))}: expected sketches of the {len(self.ids)} faces "
                f"of the test split and no other, they differ in {strange[:3]}"
            )

    def photos_digest(self) -> str:
        """Tells test sets apart by their faces and photos, whatever the shards."""
        return _digest([name, self._photos[name].checksum(f"{name}.png")] for name in self.ids)

    def sketches_digest(self) -> str:
        """Tells test sets apart by their faces, levels and sketches, whatever the shards."""
        levels: list[Level] = [*self.levels, *self.changes]
        return _digest(
            [name, level, self._sketches[name].checksum(_member(level, name))]
            for name in self.ids
            for level in levels
        )

    def photos(self, ids: Sequence[str], size: int) -> Image:
        """Photos (N, size, size, 3) of faces."""
        found = [decode_png(self._photos[name].read(f"{name}.png")) for name in ids]
        return np.stack([resize(photo, size) for photo in found])

    def sketch_png(self, level: Level, name: str) -> bytes:
        """One sketch as it lies in the shard: black on white."""
        return self._sketches[name].read(_member(level, name))

    def sketches(self, level: Level, ids: Sequence[str], size: int) -> Tensor:
        """What the painter sees of faces: (N, 1, size, size) in [0, 1], stroke 1."""
        rasters = [255 - decode_png(self.sketch_png(level, name)) for name in ids]
        return torch.from_numpy(np.stack([painter_input(raster, size) for raster in rasters]))[
            :, None
        ]

    def close(self) -> None:
        """Close the shards."""
        self._open.close()


def _digest(parts: Iterable[list[str | float]]) -> str:
    sha256 = hashlib.sha256()
    for part in parts:
        sha256.update(json.dumps(part).encode())
    return sha256.hexdigest()[:16]


def _member(level: Level, name: str) -> str:
    return f"{level if isinstance(level, str) else f'{level:g}'}/{name}.png"


def _common(shards: Sequence[Shard], key: str) -> list[Any]:
    found = [list(shard.index[key]) for shard in shards]
    if not found or any(other != found[0] for other in found):
        paths = ", ".join(str(shard.path) for shard in shards)
        raise ShardError(f"{paths}: expected the same {key} in every shard, got {found}")
    return found[0]
