"""Photos and strokes of one part of the split, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from facepencil.colours import Palettes
from facepencil.config.split import SplitParams
from facepencil.data.palettes import palettes_of, read_palettes
from facepencil.data.split import Split, part_of
from facepencil.images import Image, decode_png, resize
from facepencil.store import Shard, ShardError
from facepencil.strokes.strokes import Strokes, read_strokes


@dataclass(frozen=True)
class FaceSet:
    """One part of the split, sorted by face id, so that the number of shards leaves no trace.

    Attributes:
        ids: N face ids.
        photos: (N, S, S, 3) uint8 RGB.
        strokes: N sketches on the 512 px canvas.
        palettes: (N, 3, 3) uint8 of `colours`, where they were read.
    """

    ids: Sequence[str]
    photos: Image
    strokes: Sequence[Strokes]
    palettes: Palettes | None = None


def ids_of(faces: Sequence[Path], part: Split, seed: int, shares: SplitParams) -> list[str]:
    """Sorted ids of the faces of one part of the split, from the shards' indices."""
    entries = [entry for path in faces for entry in _index_of(path)]
    return sorted(entry["id"] for entry in entries if part_of(entry, seed, shares) == part)


def load_strokes(paths: Sequence[Path], ids: Sequence[str]) -> list[Strokes]:
    """Strokes of `ids`, in that order.

    Raises:
        ShardError: a face has no strokes.
    """
    drawn = {name: strokes for path in paths for name, strokes in read_strokes(path).items()}
    missing = [name for name in ids if name not in drawn]
    if missing:
        raise ShardError(f"{[str(path) for path in paths]}: no strokes of the faces {missing[:3]}")
    return [drawn[name] for name in ids]


def load_faces(
    faces: Sequence[Path],
    strokes: Sequence[Path],
    ids: Sequence[str],
    size: int,
    palettes: Sequence[Path] = (),
) -> FaceSet:
    """Read the photos of `ids` into one array, with their strokes: 3 * size^2 bytes a photo.

    Args:
        faces: shards of aligned crops.
        strokes: the strokes of the same shards.
        ids: the wanted faces, as of `ids_of`.
        size: side the photos are brought to, px.
        palettes: files of the palettes of the same shards, if they are wanted.

    Raises:
        ShardError: a shard is damaged, or a face has no strokes or no palette.
    """
    photos = np.zeros((len(ids), size, size, 3), np.uint8)
    places = {name: place for place, name in enumerate(ids)}
    for path in faces:
        with Shard(path) as shard:
            for name in [face["id"] for face in shard.index["faces"] if face["id"] in places]:
                photos[places[name]] = resize(decode_png(shard.read(f"{name}.png")), size)
    colours = palettes_of(read_palettes(palettes), ids) if palettes else None
    return FaceSet(ids, photos, load_strokes(strokes, ids), colours)


def _index_of(path: Path) -> list[dict[str, Any]]:
    with Shard(path) as shard:
        return list(shard.index["faces"])
