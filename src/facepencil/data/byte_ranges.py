"""Files of which only the bytes asked for are read; no memory grows with what they hold.

Not mapped into memory: pages of a mapping count as the process's own, and a file that shrinks ends
the process. Bytes that several jobs of a machine read lie in its memory once, as for any file.
"""

import os
import struct
import weakref
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from facepencil.store import ShardError

_LOCAL_HEADER = struct.Struct("<26xHH")
"""Of a member of a ZIP archive: the lengths of its name and of its extra field stand at byte 26."""


class ByteRanges:
    """An open file; closed with the last reference to it."""

    def __init__(self, path: Path) -> None:
        """Open `path`.

        Raises:
            OSError: no such file, or not to be read.
        """
        self.path = path
        self._handle = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._handle)

    def read(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset` on.

        Raises:
            ShardError: the file ends before.
        """
        data = os.pread(self._handle, size, offset)
        if len(data) != size:
            raise ShardError(f"{self.path}: expected {size} bytes at {offset}, got {len(data)}")
        return data

    def array(self, offset: int, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[np.generic]:
        """An array as it lies in the file from `offset` on; raises as `read`."""
        found = np.empty(shape, dtype)
        if found.nbytes and os.preadv(self._handle, [found.data.cast("B")], offset) != found.nbytes:
            raise ShardError(f"{self.path}: expected {found.nbytes} bytes at {offset}")
        return found


class Member(NamedTuple):
    """Where a member of an archive lies."""

    header: int
    size: int
    crc: int


def stored_members(path: Path) -> dict[str, Member]:
    """The members of a ZIP archive whose bytes are stored as they are.

    Raises:
        ShardError: no archive, or a member is compressed.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            every = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise ShardError(f"{path}: expected a ZIP archive: {error}") from error
    packed = [one.filename for one in every if one.compress_type != zipfile.ZIP_STORED]
    if packed:
        raise ShardError(f"{path}: expected members that are not compressed, got {packed[0]!r}")
    return {one.filename: Member(one.header_offset, one.file_size, one.CRC) for one in every}


def data_offset(file: ByteRanges, member: Member) -> int:
    """Where the bytes of a member begin, behind its local header; raises as `ByteRanges.read`."""
    name, extra = _LOCAL_HEADER.unpack(file.read(member.header, _LOCAL_HEADER.size))
    return member.header + _LOCAL_HEADER.size + int(name) + int(extra)


def read_member(file: ByteRanges, member: Member) -> bytes:
    """The bytes of a member.

    Raises:
        ShardError: its checksum is wrong, or the file ends before.
    """
    data = file.read(data_offset(file, member), member.size)
    if zlib.crc32(data) != member.crc:
        raise ShardError(f"{file.path}: wrong checksum of the member at byte {member.header}")
    return data
