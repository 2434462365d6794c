"""A folder of the user's own photos."""

import hashlib
import os
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath

from facepencil.assets.registry import AssetError

_LARGEST = 256 << 20


class NoPhotosError(AssetError):
    """The user's folder has no photos, or is not there; the message says what to do."""


class Folder:
    """Every file below a folder but hidden ones: the crop stage tells photos from the rest."""

    def __init__(self, root: Path) -> None:
        """The folder `root`; nothing is looked at yet."""
        self.root = root

    @cached_property
    def names(self) -> list[str]:
        """Relative paths of the files, sorted; listed once.

        Raises:
            NoPhotosError: no such folder, or nothing in it.
            AssetError: not a folder, an unreadable one, a link in a circle or to nothing, or a name
                that is not UTF-8.
        """
        try:
            files = _files(self.root, frozenset()) if self.root.exists() else iter(())
            names = sorted(path.relative_to(self.root).as_posix() for path in files)
        except OSError as error:
            raise AssetError(f"cannot list the photos: {error}") from error
        if not names:
            raise NoPhotosError(
                f"{self.root}: no photos in it; put yours there, or have download.folder say where "
                "they are"
            )
        return names

    def read(self, name: str) -> bytes:
        """Bytes of one file.

        Raises:
            AssetError: unreadable, or so large (256 MiB) that it is no photo.
        """
        path = self.root / name
        try:
            if path.stat().st_size > _LARGEST:
                raise AssetError(f"{path}: larger than 256 MiB; move it out of the photos' folder")
            return path.read_bytes()
        except OSError as error:
            raise AssetError(f"cannot read a photo: {error}") from error


def _files(folder: Path, above: frozenset[Path]) -> Iterator[Path]:
    here = folder.resolve()
    if here in above:
        raise AssetError(f"{folder}: a link back to {here}, a folder that it is in")
    for path in folder.iterdir():
        if path.name.startswith("."):
            continue
        if not _is_utf8(path.name):
            raise AssetError(f"{str(path)!a}: its name is not UTF-8; rename it")
        if path.is_dir():
            yield from _files(path, above | {here})
        elif path.is_file():
            yield path
        else:
            raise AssetError(f"{path}: neither a file nor a folder, or a link to nothing")


def _is_utf8(name: str) -> bool:
    """Whether a name can stand in a list: Python reads other bytes as lone surrogates."""
    return not any("\ud800" <= one <= "\udfff" for one in name)


def id_of(name: str) -> str:
    """Id of the file with relative path `name`: readable, and safe as a file's name anywhere.

    Depends on the path alone, so that adding photos renames none. A hash of the path keeps
    `a.jpg`, `a.png` and `A.jpg` apart.
    """
    readable = str(PurePosixPath(name).with_suffix("")).replace("/", "__")
    safe = re.sub(r"[^A-Za-z0-9_.-]+", "-", readable)[-80:].lstrip(".-")
    return f"{safe or 'photo'}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:8]}"
