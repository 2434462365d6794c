"""Shards: uncompressed ZIP files with an index inside; equal content is equal bytes."""

import errno
import hashlib
import json
import os
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

INDEX = "index.json"
Entry = dict[str, Any]
"""An index, or what it says of one photo, face or sketch."""

_REFUSALS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES)
"""Errors about a file to be written, not about one that is read meanwhile."""

_EPOCH = (1980, 1, 1, 0, 0, 0)

# What zipfile raises on a damaged archive: a wrong flag looks like encryption, a wrong number like
# an unknown method or a place outside the file.
_DAMAGE = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, RuntimeError, EOFError, OSError)


class ShardError(ValueError):
    """A shard that is not whole; the message names the file and what was expected."""


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside `path`, renamed to it only if the block succeeds.

    A failure or a kill leaves `path` as it was. Parent folders are made. The name is always the
    same, so what a kill leaves behind is overwritten by the next try; one writer at a time.

    Raises:
        OSError: names `path`, where the block was refused a write: the disk is full, say.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.tmp{path.suffix}")
    with naming(path, temporary):
        try:
            yield temporary
            _sync(temporary)
            temporary.replace(path)
            _sync(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def naming(path: Path, temporary: Path) -> Iterator[None]:
    """Have what the system refuses in the block name `path`: a write to `temporary`.

    A write that fails names no file, and libraries may hide its error behind one of their own.

    Raises:
        OSError: with the number of the one in the block.
    """
    try:
        yield
    except Exception as error:
        cause = _refusal(error, temporary)
        if cause:
            raise OSError(cause.errno, cause.strerror, str(path)) from error
        raise


def _refusal(error: BaseException | None, temporary: Path) -> OSError | None:
    """The refusal to write a file that is behind an error, if one is."""
    while error:
        if isinstance(error, OSError) and _refuses(error, temporary):
            return error
        error = error.__cause__ or error.__context__
    return None


def _refuses(error: OSError, temporary: Path) -> bool:
    return error.errno in _REFUSALS and error.filename in (None, str(temporary))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def content_id(path: Path) -> str:
    """Digest (16 hexadecimal digits) of what a file holds; of an archive, without reading it whole.

    The directory of a ZIP archive (shards, npz) has name, size and checksum of every member, and
    reading a member verifies its checksum. Other files are hashed from end to end.

    Raises:
        OSError: no such file, or it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                digest.update(f"{member.filename}\0{member.file_size} {member.CRC}\n".encode())
    except zipfile.BadZipFile:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
    return digest.hexdigest()[:16]


def write_bytes(path: Path, data: bytes) -> None:
    """Write a whole file or nothing."""
    with atomic(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write a whole UTF-8 text file or nothing."""
    write_bytes(path, text.encode())


def write_changed(path: Path, text: str) -> bool:
    """Write a whole UTF-8 text file, unless it stands there already; returns whether it did not."""
    changed = not path.exists() or path.read_bytes() != text.encode()
    if changed:
        write_text(path, text)
    return changed


class Closing(ABC):
    """Base of what holds files open: a context manager that closes them at the end of the block."""

    @abstractmethod
    def close(self) -> None:
        """Close the files."""

    def __enter__(self) -> Self:
        """Enter a `with` block."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close the files, whether or not the block failed."""
        self.close()


class ShardWriter:
    """Adds members one at a time: memory stays flat however many photos there are."""

    def __init__(self, path: Path) -> None:
        """Open an archive at `path`; use `write_shard` unless members and index grow together."""
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True)

    def add(self, name: str, data: bytes) -> None:
        """Add one member under `name`; a fixed time stamp keeps equal content equal bytes."""
        info = zipfile.ZipInfo(name, _EPOCH)
        info.external_attr = 0o644 << 16
        self._zip.writestr(info, data)

    def close(self, index: dict[str, Any]) -> None:
        """Write the index (JSON, keys sorted) as the last member, and end the archive."""
        self.add(INDEX, (json.dumps(index, indent=1, sort_keys=True) + "\n").encode())
        self._zip.close()


def write_shard(path: Path, members: Iterable[tuple[str, bytes]], index: dict[str, Any]) -> None:
    """Write a whole shard or nothing.

    `index` is written after the last member, so a generator of members may still fill it.
    """
    with atomic(path) as temporary:
        writer = ShardWriter(temporary)
        for name, data in members:
            writer.add(name, data)
        writer.close(index)


class _Known(dict[str, Any]):
    """An index or an entry in one: a key that is not there is told with the shard's name."""

    def __init__(self, path: Path, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self._path = path

    def __missing__(self, key: str) -> Any:  # noqa: ANN401 - the base's signature
        raise ShardError(
            f"{self._path}: expected {key!r} in its index; another version of the code made it, so "
            "make it anew"
        )


class Shard(Closing):
    """Reads a shard; a context manager. `index` is what `write_shard` was given.

    To ask it, or an entry in it, for a key that is not there raises ShardError.
    """

    def __init__(self, path: Path) -> None:
        """Open `path`.

        Raises:
            ShardError: not a ZIP archive, or one without an index.
        """
        try:
            self._zip = zipfile.ZipFile(path)
            read = partial(_Known, path)
            self.index: dict[str, Any] = json.loads(self._zip.read(INDEX), object_hook=read)
            if not isinstance(self.index, _Known):
                raise ValueError("it is no mapping")
        except FileNotFoundError as error:
            raise ShardError(f"{path}: no such shard") from error
        except _DAMAGE as error:
            raise ShardError(f"{path}: expected a ZIP archive with {INDEX}: {error}") from error
        self.path = path
        self.names: list[str] = [name for name in self._zip.namelist() if name != INDEX]

    def read(self, name: str) -> bytes:
        """The bytes of one member.

        Raises:
            ShardError: no member of that name, or its checksum is wrong.
        """
        try:
            return self._zip.read(name)
        except _DAMAGE as error:
            raise ShardError(f"{self.path}: cannot read member {name!r}: {error}") from error

    def checksum(self, name: str) -> int:
        """CRC32 of one member, as it stands in the archive's directory; `read` verifies it.

        Raises:
            ShardError: no member of that name.
        """
        try:
            return self._zip.getinfo(name).CRC
        except KeyError as error:
            raise ShardError(f"{self.path}: no member {name!r}") from error

    def close(self) -> None:
        """Close the archive."""
        self._zip.close()
