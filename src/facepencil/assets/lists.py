"""Lists of photos, one a shard: what there is, found out once and kept as files."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from facepencil.assets.archive import escapes
from facepencil.assets.photos import Photo, Photos
from facepencil.assets.registry import AssetError
from facepencil.config.download import DownloadParams
from facepencil.seeds import seed_of


class Cut(BaseModel):
    """Which photos are wanted, and how they are cut into shards.

    Attributes:
        source: the registry's name of the set.
        shards: how many.
        limit: only so many photos, the first by id; None for all.
        group: of `open_photos`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    shards: int
    limit: int | None
    group: Literal["photo", "folder"]


def cut_of(download: DownloadParams, shards: int, group: Literal["photo", "folder"]) -> Cut:
    """How the params want the photos cut."""
    return Cut(source=download.source, shards=shards, limit=download.limit, group=group)


class PhotoList(BaseModel):
    """The photos of one shard, sorted by id; names are relative to the archive or folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cut: Cut
    licence: str
    photos: list[Photo]

    @model_validator(mode="after")
    def _names_stay_inside(self) -> "PhotoList":
        for photo in self.photos:
            for name in (photo.member, *photo.masks):
                if escapes(name):
                    raise ValueError(f"{name!r} is not inside the photos' folder")
        return self

    def text(self) -> str:
        """The file's content: JSON, equal lists, equal bytes."""
        found = {
            "cut": self.cut.model_dump(),
            "licence": self.licence,
            "photos": [photo.entry() for photo in self.photos],
        }
        return json.dumps(found, indent=1) + "\n"


def shard_of(photo_id: str, shards: int) -> int:
    """The shard of a photo, by a hash of its id: other photos coming or going move none."""
    return seed_of("shard", photo_id) % shards


def cut_lists(photos: Photos, cut: Cut) -> list[PhotoList]:
    """A list for every shard; some may be empty."""
    parts: list[list[Photo]] = [[] for _ in range(cut.shards)]
    for photo in photos.photos[: cut.limit]:
        parts[shard_of(photo.id, cut.shards)].append(photo)
    return [PhotoList(cut=cut, licence=photos.licence, photos=part) for part in parts]


def read_list(path: Path, cut: Cut) -> PhotoList:
    """Inverse of `PhotoList.text`.

    Raises:
        AssetError: no such list, not a list, one that leads out of the photos' folder, or made
            by another `cut`; names the file and what differs.
    """
    try:
        found = PhotoList.model_validate_json(path.read_text())
    except FileNotFoundError as error:
        raise AssetError(f"{path}: no such list; stage `list` makes it") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise AssetError(f"{path}: expected a list of photos: {error}") from error
    if found.cut != cut:
        raise AssetError(f"{path}: a list for other params: {_apart(found.cut, cut)}")
    return found


def _apart(found: Cut, wanted: Cut) -> str:
    pairs = zip(found, wanted, strict=True)
    return ", ".join(
        f"{key} is {had}, expected {want}" for (key, had), (_, want) in pairs if had != want
    )


def kept_lists(paths: Sequence[Path], cut: Cut) -> list[PhotoList] | None:
    """The lists of an earlier run, if all of them are there, else None; raises as `read_list`."""
    if not all(path.exists() for path in paths):
        return None
    return [read_list(path, cut) for path in paths]
