"""The photos of a set: their ids, groups, parts and masks, and their bytes on demand."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from facepencil.assets.archive import Archive
from facepencil.assets.fetch import Cache, fetch
from facepencil.assets.folder import Folder, id_of
from facepencil.assets.groups import groups_of
from facepencil.assets.masks import label_map, part_of
from facepencil.assets.registry import AssetError, PhotoSet, Registry
from facepencil.data.split import Split
from facepencil.images import encode_png

_PARTS: tuple[Split, ...] = ("train", "val", "test")

Read = Callable[[str], bytes]
"""Bytes of a member by its name."""


@dataclass(frozen=True)
class Photo:
    """One photo: `member` and `masks` are names in the archive or folder.

    Attributes:
        id: safe as a file's name.
        member: the photo itself.
        group: photos of one group fall in one part of the split; see `open_photos`.
        split: part by the set's own list, where it has one.
        masks: part masks.
        sha256: of the user's own photos, which nobody else vouches for.
    """

    id: str
    member: str
    group: str
    split: Split | None = None
    masks: tuple[str, ...] = ()
    sha256: str | None = None

    @property
    def file(self) -> str:
        """Name in a shard: the id and the photo's own extension."""
        extension = PurePosixPath(self.member).suffix.lower()
        return self.id + (extension if re.fullmatch(r"\.[a-z0-9]{1,8}", extension) else "")

    def entry(self) -> dict[str, Any]:
        """What is known, without what is not there."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Photos:
    """All photos of a set, sorted by id."""

    photos: list[Photo]
    licence: str
    read: Read


def mask_of(photo: Photo, read: Read) -> bytes | None:
    """PNG of the photo's label map, uint8 (512, 512); None where it has none.

    Raises:
        AssetError: a mask cannot be read.
        ValueError: a mask is no image, or of another size.
    """
    if not photo.masks:
        return None
    return encode_png(label_map([(part_of(name)[1], read(name)) for name in photo.masks]))


@contextmanager
def open_photos(
    source: str,
    folder: Path,
    registry: Registry,
    cache: Cache,
    group: Literal["photo", "folder"] = "photo",
) -> Iterator[Photos]:
    """The photos called `source` in the registry, fetched if need be.

    Args:
        source: name of the set.
        folder: where the user's photos are, for the set `folder`.
        registry: what is known of the sets.
        cache: where downloads are kept.
        group: `photo`: photos of equal content are a group, named by the smallest of their ids, so
            that a photo without a copy is named by its own. `folder`: so are the user's photos in
            one folder, named by its path and a slash, and those in folders that share a photo,
            named by the smallest path; photos that lie in none stand for themselves.

    Raises:
        NoPhotosError: the user's folder is empty, or not there.
        AssetError: unknown, not to be had, not safe, or without a photo; says which and why.
    """
    asset = registry.photos(source)
    if isinstance(asset, PhotoSet):
        files = fetch(source, asset, cache)
        with Archive(next(iter(files.values()))) as archive:
            photos = _archive_photos(asset, archive, files)
            yield Photos(_sorted(photos, archive.path), asset.licence, archive.read)
        return
    own = Folder(folder)
    yield Photos(_sorted(_own_photos(own, group), folder), asset.licence, own.read)


@contextmanager
def open_source(source: str, folder: Path, registry: Registry, cache: Cache) -> Iterator[Read]:
    """Reads members of a set by name, without listing it; arguments as of `open_photos`.

    Raises:
        AssetError: unknown, not to be had or not safe; when reading, that there is no such member.
    """
    asset = registry.photos(source)
    if isinstance(asset, PhotoSet):
        with Archive(next(iter(fetch(source, asset, cache).values()))) as archive:
            yield archive.read
    else:
        yield Folder(folder).read


def _sorted(photos: list[Photo], where: Path) -> list[Photo]:
    if not photos:
        raise AssetError(f"{where}: no photos in it")
    ids = {photo.id for photo in photos}
    if len(ids) < len(photos):
        raise AssetError(f"{where}: {len(photos) - len(ids)} photos share an id with another")
    return sorted(photos, key=lambda photo: photo.id)


def _own_photos(own: Folder, group: Literal["photo", "folder"]) -> list[Photo]:
    hashes = [hashlib.sha256(own.read(name)).hexdigest() for name in own.names]
    ids = [id_of(name) for name in own.names]
    owns = [_folder_of(name) or each for name, each in zip(own.names, ids, strict=True)]
    groups = groups_of(owns if group == "folder" else ids, hashes)
    return [
        Photo(each, name, tied, sha256=sha256)
        for each, name, tied, sha256 in zip(ids, own.names, groups, hashes, strict=True)
    ]


def _folder_of(name: str) -> str:
    # No id has a slash, so that the two kinds of names never meet.
    return f"{PurePosixPath(name).parent}/" if "/" in name else ""


def _archive_photos(asset: PhotoSet, archive: Archive, files: dict[str, Path]) -> list[Photo]:
    names = [n for n in archive.names if any(fnmatchcase(n, glob) for glob in asset.members)]
    masks = _masks(archive.names, asset.masks) if asset.masks else {}
    groups = groups_of([_id(name) for name in names], archive.contents(names))
    photos = [
        Photo(_id(name), name, group, masks=tuple(masks.get(_id(name), ())))
        for name, group in zip(names, groups, strict=True)
    ]
    if asset.partition is None:
        return photos
    parts = _partition(files[asset.partition])
    originals = _originals(archive.read(asset.mapping).decode()) if asset.mapping else {}
    return [_with_split(photo, originals, parts) for photo in photos]


def _id(name: str) -> str:
    # CelebAMask-HQ counts without leading zeros; padded, ids sort as numbers do.
    return PurePosixPath(name).stem.zfill(5)


def _with_split(photo: Photo, originals: dict[str, str], parts: dict[str, Split]) -> Photo:
    listed = originals.get(photo.id, PurePosixPath(photo.member).name)
    if listed not in parts:
        raise AssetError(f"{photo.member}: {listed} is not in the official partition")
    return replace(photo, split=parts[listed])


def _masks(names: list[str], glob: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if fnmatchcase(name, glob):
            found[f"{part_of(name)[0]:05d}"].append(name)
    return found


def _originals(text: str) -> dict[str, str]:
    """CelebA file name by photo id: lines of `number number file` below a heading."""
    try:
        rows = [line.split() for line in text.splitlines()[1:] if line.strip()]
        return {number.zfill(5): original for number, _, original in rows}
    except ValueError as error:
        raise AssetError(f"expected lines of `<number> <number> <file>`: {error}") from error


def _partition(path: Path) -> dict[str, Split]:
    """Official part by CelebA file name: lines of `file 0|1|2`."""
    try:
        rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
        return {name: _PARTS[int(part)] for name, part in rows}
    except (ValueError, IndexError) as error:
        raise AssetError(f"{path}: expected lines of `<file> <0|1|2>`: {error}") from error
