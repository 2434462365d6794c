"""Stage `list`: which photos there are, and to which shard each of them goes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from facepencil.assets.fetch import Cache
from facepencil.assets.folder import NoPhotosError
from facepencil.assets.lists import Cut, cut_lists, cut_of, kept_lists
from facepencil.assets.photos import open_photos
from facepencil.assets.registry import Registry, load_registry
from facepencil.config.reading import read
from facepencil.store import write_changed
from pipeline import layout
from pipeline.graph import find_job
from pipeline.launch import launch
from pipeline.reads import ListReads


def list_photos(
    outs: Sequence[Path], cut: Cut, folder: Path, registry: Registry, cache: Cache
) -> str:
    """Write the list of every shard, one that stands already not again; returns what was done.

    Without a photo in the user's `folder`, the lists of an earlier run stand as they are: whoever
    has them from elsewhere, with what was made of them, goes on.

    Raises:
        AssetError: the photos cannot be had or trusted, or there are none and no lists either.
    """
    try:
        with open_photos(cut.source, folder, registry, cache, cut.group) as photos:
            lists = cut_lists(photos, cut)
    except NoPhotosError:
        kept = kept_lists(outs, cut)
        if kept is None:
            raise
        return f"no photos in {folder}: the lists of {sum(len(k.photos) for k in kept)} stand"
    changed = [write_changed(out, part.text()) for out, part in zip(outs, lists, strict=True)]
    count = sum(len(part.photos) for part in lists)
    return f"{count} photos listed, {sum(changed)} of {len(outs)} lists changed"


def main(
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Write data/lists/<shard>.json for every shard, fetching the data set unless in the cache."""
    known = read(params, ListReads)
    cut = cut_of(known.download, len(known.shards), known.split.group)
    cache = Cache(layout.DOWNLOADS, layout.KNOWN_HASHES)
    outputs = find_job(params, "list").outputs
    return list_photos(outputs, cut, Path(known.download.folder), load_registry(), cache)


if __name__ == "__main__":
    launch(main)
