"""Strokes of many faces, read from their files one face at a time."""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facepencil.data.byte_ranges import ByteRanges, data_offset, stored_members
from facepencil.store import ShardError
from facepencil.strokes.strokes import Strokes

_ARRAYS = tuple(field.name for field in fields(Strokes))
"""In the order of the columns of `sizes`."""

_CHUNK = 1 << 20


@dataclass(frozen=True)
class _Array:
    """An array of a file: where its rows begin, their shape and type."""

    offset: int
    row: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def row_bytes(self) -> int:
        return int(self.dtype.itemsize * np.prod(self.row, dtype=np.int64))


class StrokeFile:
    """A file of `strokes.write_strokes`; memory holds ids and sizes, 0.1 kB a face.

    Attributes:
        ids: of the faces.
    """

    def __init__(self, path: Path) -> None:
        """Open a file, and read it once from end to end, since checksums are of the whole.

        Raises:
            ShardError: names the file, and what is wrong with it.
        """
        try:
            _verify(path)
            self._file = ByteRanges(path)
            with np.load(path, allow_pickle=False) as file:
                self.ids: list[str] = file["ids"].tolist()
                ends = np.cumsum(file["sizes"], axis=0)
                self._bounds = np.stack([ends - file["sizes"], ends], axis=2)
            self._arrays = self._find_arrays()
        except FileNotFoundError as error:
            raise ShardError(f"{path}: no such file of strokes") from error
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise ShardError(f"{path}: expected strokes in an npz file: {error}") from error

    def read(self, row: int) -> Strokes:
        """The strokes of a face, by its place among `ids`.

        Raises:
            ShardError: the file was cut short.
        """
        parts: list[NDArray[Any]] = [
            self._file.array(
                array.offset + first * array.row_bytes, (last - first, *array.row), array.dtype
            )
            for array, (first, last) in zip(self._arrays, self._bounds[row].tolist(), strict=True)
        ]
        return Strokes(*parts)

    def _find_arrays(self) -> list[_Array]:
        members = stored_members(self._file.path)
        found = []
        with self._file.path.open("rb") as file:
            for name in _ARRAYS:
                file.seek(data_offset(self._file, members[f"{name}.npy"]))
                np.lib.format.read_magic(file)
                shape, _, dtype = np.lib.format.read_array_header_1_0(file)
                found.append(_Array(file.tell(), shape[1:], dtype))
        return found


class StrokeFiles(Sequence[Strokes]):
    """The strokes of faces that lie in several files, in a given order."""

    def __init__(self, paths: Sequence[Path], ids: Sequence[str]) -> None:
        """Find the faces `ids` in the files.

        Raises:
            ShardError: a file is damaged, or a face has no strokes.
        """
        self._files = [StrokeFile(path) for path in paths]
        known = {
            name: (number, row)
            for number, file in enumerate(self._files)
            for row, name in enumerate(file.ids)
        }
        missing = [name for name in ids if name not in known]
        if missing:
            raise ShardError(f"{[str(path) for path in paths]}: no strokes of {missing[:3]}")
        self._ids = ids
        self._places = np.array([known[name] for name in ids], np.int32).reshape(-1, 2)

    def __len__(self) -> int:
        """How many faces."""
        return len(self._places)

    def __getitem__(self, place: Any) -> Any:  # noqa: ANN401 - a place or a slice
        """The strokes of the face at a place, or of those at several, read now."""
        if isinstance(place, slice):
            return [self._read(one) for one in range(*place.indices(len(self)))]
        return self._read(place)

    def _read(self, place: int) -> Strokes:
        number, row = self._places[place].tolist()
        return self._files[int(number)].read(int(row))

    def by_id(self) -> Mapping[str, Strokes]:
        """The same by the ids of the faces, in the order given."""
        return _ById(self, self._ids)


class _ById(Mapping[str, Strokes]):
    def __init__(self, strokes: Sequence[Strokes], ids: Sequence[str]) -> None:
        self._strokes = strokes
        self._places = {name: place for place, name in enumerate(ids)}

    def __getitem__(self, name: str) -> Strokes:
        return self._strokes[self._places[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _verify(path: Path) -> None:
    """Read all members, so that their checksums are compared."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                while member.read(_CHUNK):
                    pass
