"""Reads untrusted ZIP and tar archives: no file is ever written under the name of a member."""

import gzip
import hashlib
import io
import stat
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import IO

from facepencil.assets.registry import AssetError
from facepencil.store import Closing

_CHUNK = 1 << 20
_GROWTH = 20
_SLACK = 64 << 20
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    gzip.BadGzipFile,
    NotImplementedError,
    RuntimeError,
)


@dataclass(frozen=True)
class _Member:
    name: str
    size: int
    folder: bool
    plain: bool


class Archive(Closing):
    """A ZIP or tar archive (compressed or not), checked as a whole when opened; a context manager.

    Absolute names and `..`, links and devices are refused, and so are archives that unpack to more
    than 20 times their own size plus 64 MiB: photos and weights hardly compress, so anything
    beyond that is a decompression bomb.
    """

    def __init__(self, path: Path) -> None:
        """Open `path` and list its members.

        Raises:
            AssetError: not an archive, truncated or unsafe; names the archive and the member.
        """
        self.path = path
        try:
            self._file = _open(path)
            self.sizes = self._checked()
        except _BROKEN as error:
            raise AssetError(f"{path}: expected a whole ZIP or tar archive: {error}") from error

    @property
    def names(self) -> list[str]:
        """Names of the files inside, in the archive's order."""
        return list(self.sizes)

    def _checked(self) -> dict[str, int]:
        allowed = _GROWTH * self.path.stat().st_size + _SLACK
        sizes: dict[str, int] = {}
        for member in self._members():
            allowed -= member.size
            if allowed < 0:
                raise AssetError(f"{self.path}: unpacks to far more than its size (a bomb)")
            if not member.plain or escapes(member.name):
                raise AssetError(f"{self.path}: unsafe member {member.name!r}")
            if not member.folder:
                sizes[member.name] = member.size
        return sizes

    def _members(self) -> Iterator[_Member]:
        if isinstance(self._file, zipfile.ZipFile):
            for entry in self._file.infolist():
                kind = stat.S_IFMT(entry.external_attr >> 16)
                plain = kind in (0, stat.S_IFREG, stat.S_IFDIR)
                yield _Member(entry.filename, entry.file_size, entry.is_dir(), plain)
            return
        for info in self._file:
            yield _Member(info.name, info.size, info.isdir(), info.isfile() or info.isdir())

    def copy(self, name: str, to: IO[bytes]) -> None:
        """Write one member's bytes to a binary file, in pieces of 1 MiB.

        Raises:
            AssetError: no such member, or its bytes are not what the archive says they are.
        """
        try:
            with self._open(name) as source:
                for piece in iter(lambda: source.read(_CHUNK), b""):
                    to.write(piece)
        except KeyError as error:
            raise AssetError(f"{self.path}: no member {name!r}") from error
        except _BROKEN as error:
            raise AssetError(f"{self.path}: member {name!r} is broken: {error}") from error

    def read(self, name: str) -> bytes:
        """One member's bytes; raises as `copy` does."""
        buffer = io.BytesIO()
        self.copy(name, buffer)
        return buffer.getvalue()

    def contents(self, names: Sequence[str]) -> list[Hashable]:
        """For each of some members a key that is equal for equal contents and for no others.

        Size and checksum, as the archive lists them, tell most of them apart; the rest, and what a
        tar lists no checksum of, is read.

        Raises:
            AssetError: as `copy` does.
        """
        listed = {name: self._listed(name) for name in names}
        seen = Counter(listed.values())
        return [
            hashlib.sha256(self.read(name)).hexdigest() if seen[key] > 1 else key
            for name, key in listed.items()
        ]

    def _listed(self, name: str) -> tuple[int, int]:
        if isinstance(self._file, zipfile.ZipFile):
            return self.sizes[name], self._file.getinfo(name).CRC
        return self.sizes[name], 0

    def _open(self, name: str) -> IO[bytes]:
        if isinstance(self._file, zipfile.ZipFile):
            return self._file.open(name)
        source = self._file.extractfile(name)
        if source is None:
            raise KeyError(name)
        return source

    def close(self) -> None:
        """Close the archive."""
        self._file.close()


def _open(path: Path) -> zipfile.ZipFile | tarfile.TarFile:
    if zipfile.is_zipfile(path):
        return zipfile.ZipFile(path)
    return tarfile.open(path)


def escapes(name: str) -> bool:
    """Whether a member's name leads out of the folder it is relative to."""
    # Windows rules also recognise drives and backslashes.
    path = PureWindowsPath(name)
    return bool(path.anchor) or ".." in path.parts
