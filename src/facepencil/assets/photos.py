"""The photos of a set: their ids, official parts and masks, and their bytes on demand."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from facepencil.assets.archive import Archive
from facepencil.assets.fetch import Cache, fetch
from facepencil.assets.folder import Folder, id_of
from facepencil.assets.masks import label_map, part_of
from facepencil.assets.registry import AssetError, PhotoSet, Registry
from facepencil.data.split import Split
from facepencil.images import encode_png

_PARTS: tuple[Split, ...] = ("train", "val", "test")


@dataclass(frozen=True)
class Photo:
    """One photo: `member` and `masks` are names in the archive or folder."""

    id: str
    member: str
    split: Split | None = None
    masks: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """Name in a shard: the id and the photo's own extension."""
        extension = PurePosixPath(self.member).suffix.lower()
        return self.id + (extension if re.fullmatch(r"\.[a-z0-9]{1,8}", extension) else "")


@dataclass(frozen=True)
class Photos:
    """All photos of a set, sorted by id."""

    photos: list[Photo]
    licence: str
    read: Callable[[str], bytes]

    def mask(self, photo: Photo) -> bytes | None:
        """PNG of the photo's label map, uint8 (512, 512); None where it has none."""
        if not photo.masks:
            return None
        return encode_png(label_map((part_of(name)[1], self.read(name)) for name in photo.masks))


@contextmanager
def open_photos(source: str, folder: Path, registry: Registry, cache: Cache) -> Iterator[Photos]:
    """The photos called `source` in the registry, fetched if need be.

    Args:
        source: name of the set.
        folder: where the user's photos are, for the set `folder`.
        registry: what is known of the sets.
        cache: where downloads are kept.

    Raises:
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
    photos = [Photo(id_of(name), name) for name in own.names]
    yield Photos(_sorted(photos, folder), asset.licence, own.read)


def _sorted(photos: list[Photo], where: Path) -> list[Photo]:
    if not photos:
        raise AssetError(f"{where}: no photos in it")
    ids = {photo.id for photo in photos}
    if len(ids) < len(photos):
        raise AssetError(f"{where}: {len(photos) - len(ids)} photos share an id with another")
    return sorted(photos, key=lambda photo: photo.id)


def _archive_photos(asset: PhotoSet, archive: Archive, files: dict[str, Path]) -> list[Photo]:
    names = [n for n in archive.names if any(fnmatchcase(n, glob) for glob in asset.members)]
    masks = _masks(archive.names, asset.masks) if asset.masks else {}
    photos = [Photo(_id(name), name, None, tuple(masks.get(_id(name), ()))) for name in names]
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
