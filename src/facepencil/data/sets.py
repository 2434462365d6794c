"""Files that say which faces belong to which part of the split, and which shards hold them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from facepencil.config.split import SplitParams
from facepencil.data.split import part_of
from facepencil.store import Shard, ShardError, content_id, write_text
from facepencil.strokes.strokes import stroke_ids

_PARTS = ("train", "val", "test")


@dataclass(frozen=True)
class FaceList:
    """Faces by part, and the shards that hold them.

    Attributes:
        ids: sorted ids of the faces, by part of the split.
        faces: digest of the content of each shard of crops, by path.
        drawn: the same of the shards of their strokes, or of their test sketches.
    """

    ids: Mapping[str, Sequence[str]]
    faces: Mapping[str, str]
    drawn: Mapping[str, str]

    @property
    def face_shards(self) -> list[Path]:
        """Paths of the shards of crops."""
        return [Path(name) for name in self.faces]

    @property
    def drawn_shards(self) -> list[Path]:
        """Paths of the shards of strokes or test sketches."""
        return [Path(name) for name in self.drawn]


def faces_by_part(
    faces: Sequence[Path], strokes: Sequence[Path], seed: int, shares: SplitParams
) -> dict[str, list[str]]:
    """Sorted ids of the faces of each part of the split, and under `left out` the rejects.

    Args:
        faces: shards of crops.
        strokes: of the same shards, in the same order; a face that could not be sketched is among
            their rejects.
        seed: of the split.
        shares: of the parts.

    Raises:
        ShardError: a shard is damaged, or a face has no strokes and is no reject either.
    """
    ids: dict[str, list[str]] = {part: [] for part in (*_PARTS, "left out")}
    for path, drawing in zip(faces, strokes, strict=True):
        drawn, rejects = map(set, stroke_ids(drawing))
        with Shard(path) as shard:
            entries = {face["id"]: face for face in shard.index["faces"]}
        missing = sorted(entries.keys() - drawn - rejects)
        if missing:
            raise ShardError(f"{drawing}: no strokes of the face {missing[0]!r} of {path}")
        for name, face in entries.items():
            ids["left out" if name in rejects else part_of(face, seed, shares)].append(name)
    return {part: sorted(names) for part, names in ids.items()}


def list_faces(
    ids: Mapping[str, Sequence[str]], faces: Sequence[Path], drawn: Sequence[Path]
) -> FaceList:
    """The list of these faces, with the shards as they are now.

    Raises:
        ShardError: a shard is not there.
    """
    return FaceList(ids, _digests(faces), _digests(drawn))


def write_face_list(path: Path, faces: FaceList) -> None:
    """Write a list as JSON, whole or not at all."""
    write_text(path, json.dumps(asdict(faces), indent=1, sort_keys=True) + "\n")


def read_face_list(path: Path) -> FaceList:
    """Inverse of `write_face_list`; the shards must still be those of the list.

    Raises:
        ShardError: no such list, or a shard is not there or holds something else.
    """
    try:
        found = FaceList(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise ShardError(f"{path}: expected a list of faces: {error}") from error
    for name, digest in {**found.faces, **found.drawn}.items():
        if _digests([Path(name)])[name] != digest:
            raise ShardError(f"{name}: holds something else than when {path} was made")
    return found


def _digests(paths: Sequence[Path]) -> dict[str, str]:
    try:
        return {path.as_posix(): content_id(path) for path in paths}
    except OSError as error:
        raise ShardError(f"{error.filename}: no such shard") from error
