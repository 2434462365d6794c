"""Photos of one size in one file, row after row: made once, shared by all jobs that read them."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from filelock import FileLock

from facepencil.data.byte_ranges import ByteRanges
from facepencil.images import Image, decode_png, resize
from facepencil.progress import track
from facepencil.store import Shard, ShardError, atomic, content_id


class PhotoRows(Protocol):
    """Photos (S, S, 3) uint8 RGB by place: an array of them, or a `PhotoFile`."""

    def __len__(self) -> int:
        """How many."""

    def __getitem__(self, place: int, /) -> Image:
        """The photo at a place."""


class PhotoFile:
    """N photos (S, S, 3) uint8 RGB; memory holds none of them."""

    def __init__(self, path: Path, count: int, size: int) -> None:
        """Open a file of `photo_file`.

        Raises:
            ShardError: it is not as long as so many photos of `size` px.
        """
        self._row = (size, size, 3)
        self._bytes = size * size * 3
        self._count = count
        if path.stat().st_size != count * self._bytes:
            raise ShardError(f"{path}: expected {count} photos of {size} px; remove the file")
        self._file = ByteRanges(path)

    def __len__(self) -> int:
        """How many photos."""
        return self._count

    def __getitem__(self, place: int) -> Image:
        """The photo at a place, read now.

        Raises:
            IndexError: there is none.
        """
        if not 0 <= place < self._count:
            raise IndexError(f"photo {place} of {self._count}")
        return np.asarray(self._file.array(place * self._bytes, self._row, np.uint8), np.uint8)


def photo_file(folder: Path, shards: Sequence[Path], ids: Sequence[str], size: int) -> PhotoFile:
    """The photos of faces, brought to `size` px, out of `folder`; made if they are not there.

    The file is named by what it holds: another job that asks for the same faces of the same shards
    at the same size reads the same file, and waits while the first one makes it. It takes
    3 * size^2 bytes a photo on disk.

    Raises:
        ShardError: a shard is damaged, or a face is in none of them.
    """
    parts = [size, list(ids), sorted(content_id(path) for path in shards)]
    name = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
    path = folder / f"{name}.rgb"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f"{name}.lock"):
        if not path.exists():
            with atomic(path) as temporary:
                _write(temporary, shards, ids, size)
    return PhotoFile(path, len(ids), size)


def _write(path: Path, shards: Sequence[Path], ids: Sequence[str], size: int) -> None:
    places = {name: place for place, name in enumerate(ids)}
    with path.open("wb") as file:
        file.truncate(len(ids) * size * size * 3)
        for shard in track(shards, f"photos at {size} px", len(shards), "shard"):
            _write_shard(file.fileno(), shard, places, size)
    if places:
        raise ShardError(f"{[str(path) for path in shards]}: no photos of {[*places][:3]}")


def _write_shard(handle: int, path: Path, places: dict[str, int], size: int) -> None:
    """Write the photos of a shard to their places, which are taken out of `places`."""
    with Shard(path) as shard:
        for face in shard.index["faces"]:
            place = places.pop(face["id"], None)
            if place is not None:
                photo = resize(decode_png(shard.read(f"{face['id']}.png")), size)
                os.pwrite(handle, np.ascontiguousarray(photo).data, place * photo.nbytes)


def mean_photo(photos: PhotoRows) -> Image:
    """The mean (S, S, 3) of at least one photo, rounded; a photo at a time."""
    total = np.zeros(photos[0].shape, np.int64)
    for place in range(len(photos)):
        total += photos[place]
    return np.rint(total / len(photos)).astype(np.uint8)
