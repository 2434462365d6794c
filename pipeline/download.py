"""Stage `download`: a shard of photos as they came, with an index."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from facepencil.assets.fetch import Cache
from facepencil.assets.photos import Photo, Photos, open_photos
from facepencil.assets.registry import AssetError, Registry, load_registry
from facepencil.config.download import DownloadParams
from facepencil.config.params import load_params
from facepencil.config.section import ConfigError
from facepencil.progress import track
from facepencil.store import write_shard
from pipeline import layout


def download(
    out: Path, shard: int, shards: int, params: DownloadParams, registry: Registry, cache: Cache
) -> None:
    """Write the shard of every `shards`-th photo by sorted id, beginning with number `shard`.

    Its index lists id, file, sha256, size in bytes and, where the set has them, official split
    and mask of each photo. One photo is held in memory at a time.

    Raises:
        AssetError: the photos cannot be had or trusted.
    """
    with open_photos(params.source, Path(params.folder), registry, cache) as photos:
        mine = photos.photos[: params.limit][shard::shards]
        entries: list[dict[str, Any]] = []
        index = {"source": params.source, "licence": photos.licence, "photos": entries}
        write_shard(out, _members(photos, mine, entries), index)


def _members(
    photos: Photos, mine: list[Photo], entries: list[dict[str, Any]]
) -> Iterator[tuple[str, bytes]]:
    for photo in track(mine, "download", len(mine)):
        data = photos.read(photo.member)
        sha256 = hashlib.sha256(data).hexdigest()
        entry = {"id": photo.id, "file": photo.file, "sha256": sha256, "size": len(data)}
        yield photo.file, data
        mask = photos.mask(photo)
        if mask is not None:
            entry["mask"] = f"{photo.id}.mask.png"
            yield f"{photo.id}.mask.png", mask
        if photo.split is not None:
            entry["split"] = photo.split
        entries.append(entry)


def main(
    shard: Annotated[int, typer.Option(min=0, help="number of the shard, counted from 0")],
    params: Annotated[
        Path, typer.Option(help="params file; of it, the sections shards and download")
    ] = layout.PARAMS,
) -> None:
    """Write data/raw/<shard>.zip, fetching the data set unless it is in the cache."""
    try:
        chosen = load_params(params)
        if shard not in chosen.shards:
            raise ConfigError(f"--shard {shard}: {params} has shards {chosen.shards}")
        out, shards = layout.raw(shard), len(chosen.shards)
        cache = Cache(layout.DOWNLOADS, layout.KNOWN_HASHES)
        download(out, shard, shards, chosen.download, load_registry(), cache)
    except (AssetError, ConfigError) as error:
        raise SystemExit(f"download: {error}") from error


if __name__ == "__main__":
    typer.run(main)
