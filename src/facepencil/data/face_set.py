"""Photos and strokes of one part of the split."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from facepencil.colours import Palettes
from facepencil.config.split import SplitParams
from facepencil.data.palettes import palettes_of, read_palettes
from facepencil.data.photo_file import PhotoRows, photo_file
from facepencil.data.split import Split, part_of
from facepencil.data.stroke_files import StrokeFiles
from facepencil.images import Image
from facepencil.store import Shard
from facepencil.strokes.strokes import Strokes


@dataclass(frozen=True)
class FaceSet:
    """One part of the split, sorted by face id, so that the number of shards leaves no trace.

    Attributes:
        ids: N face ids.
        photos: N of (S, S, 3) uint8 RGB.
        strokes: N sketches on the 512 px canvas.
        palettes: (N, 3, 3) uint8 of `colours`, where they were read.
    """

    ids: Sequence[str]
    photos: PhotoRows
    strokes: Sequence[Strokes]
    palettes: Palettes | None = None


def ids_of(faces: Sequence[Path], part: Split, seed: int, shares: SplitParams) -> list[str]:
    """Sorted ids of the faces of one part of the split, from the shards' indices."""
    entries = [entry for path in faces for entry in _index_of(path)]
    return sorted(entry["id"] for entry in entries if part_of(entry, seed, shares) == part)


def crop_size(faces: Path) -> int:
    """Side of the crops of a shard, px."""
    with Shard(faces) as shard:
        return int(shard.index["size"])


def open_faces(
    faces: Sequence[Path],
    strokes: Sequence[Path],
    ids: Sequence[str],
    size: int,
    folder: Path,
    palettes: Sequence[Path] = (),
) -> FaceSet:
    """The faces `ids`, whose photos and strokes are read when they are asked for.

    Memory holds their ids and where they lie, 0.3 kB a face. Photos lie at `size` px in a file of
    `folder`, which all jobs share that want the same ones.

    Args:
        faces: shards of aligned crops.
        strokes: the strokes of the same shards.
        ids: the wanted faces, as of `ids_of`.
        size: side the photos are brought to, px.
        folder: of `photo_file`.
        palettes: files of the palettes of the same shards, if they are wanted.

    Raises:
        ShardError: a shard is damaged, or a face has no strokes or no palette.
    """
    drawn = StrokeFiles(strokes, ids)
    colours = palettes_of(read_palettes(palettes), ids) if palettes else None
    return FaceSet(ids, photo_file(folder, faces, ids, size), drawn, colours)


def first_photos(faces: FaceSet, count: int) -> Image:
    """So many photos (N, S, S, 3) of a set, the first, or all if it has fewer; at least one."""
    return np.stack([faces.photos[place] for place in range(min(count, len(faces.ids)))])


def _index_of(path: Path) -> list[dict[str, Any]]:
    with Shard(path) as shard:
        return list(shard.index["faces"])
