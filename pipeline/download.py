"""Stage `download`: a shard of photos as they came, with an index."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from facepencil.assets.fetch import Cache
from facepencil.assets.lists import PhotoList, cut_of, read_list
from facepencil.assets.photos import Photo, Read, mask_of, open_source
from facepencil.assets.registry import AssetError, load_registry
from facepencil.config.reading import read
from facepencil.progress import track
from facepencil.store import Entry, write_shard
from pipeline import layout
from pipeline.graph import find_job
from pipeline.launch import launch
from pipeline.reads import DownloadReads


def download(out: Path, listed: PhotoList, read: Read) -> Entry:
    """Write the shard of the listed photos; returns its index.

    The index lists id, file, sha256, size in bytes and, where it has them, mask, official split
    and group (if not its own id) of each photo; a photo whose mask is broken is among `rejects`
    (id, reason). One photo is held in memory at a time.

    Args:
        out: the shard.
        listed: its photos.
        read: of `open_source`.

    Raises:
        AssetError: a photo cannot be had, or is another one than was listed.
    """
    index: Entry = {
        "source": listed.cut.source,
        "licence": listed.licence,
        "photos": [],
        "rejects": [],
    }
    write_shard(out, _members(listed.photos, read, index), index)
    return index


def _members(photos: list[Photo], read: Read, index: Entry) -> Iterator[tuple[str, bytes]]:
    for photo in track(photos, "download", len(photos)):
        data, entry = _taken(photo, read)
        try:
            mask = mask_of(photo, read)
        except AssetError:
            raise
        except ValueError as error:
            index["rejects"].append({"id": photo.id, "reason": str(error)})
            continue
        yield photo.file, data
        if mask is not None:
            entry["mask"] = f"{photo.id}.mask.png"
            yield entry["mask"], mask
        index["photos"].append(entry)


def _taken(photo: Photo, read: Read) -> tuple[bytes, Entry]:
    """Bytes and entry of a photo."""
    again = "it was listed by stage `list`, which must run again"
    try:
        data = read(photo.member)
    except AssetError as error:
        raise AssetError(f"{error}; {again}") from error
    sha256 = hashlib.sha256(data).hexdigest()
    if photo.sha256 not in (None, sha256):
        raise AssetError(f"{photo.member}: not the photo as {again}")
    entry: Entry = {"id": photo.id, "file": photo.file, "sha256": sha256, "size": len(data)}
    if photo.split is not None:
        entry["split"] = photo.split
    if photo.group != photo.id:
        entry["group"] = photo.group
    return data, entry


def main(
    shard: Annotated[int, typer.Option(min=0, help="number of the shard, counted from 0")],
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Write data/raw/SHARD.zip of the photos in data/lists/SHARD.json."""
    known = read(params, DownloadReads)
    (photos,), (out,) = (job := find_job(params, "download", shard=shard)).inputs, job.outputs
    cut = cut_of(known.download, len(known.shards), known.split.group)
    listed = read_list(photos, cut)
    cache = Cache(layout.DOWNLOADS, layout.KNOWN_HASHES)
    folder = Path(known.download.folder)
    with open_source(cut.source, folder, load_registry(), cache) as source:
        index = download(out, listed, source)
    return f"{len(index['photos'])} photos"


if __name__ == "__main__":
    launch(main)
