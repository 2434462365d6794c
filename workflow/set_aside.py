"""Photos to choose settings by: `python -m workflow.set_aside FOLDER`.

Copies the photos that no table of this tree scores. A clone of the repository whose photos they are
(`download: {source: folder, folder: FOLDER}`) keeps some of them for its own tables: choices made
by those have never seen a test photo. Photos of one group stay together, in a folder each
(`split: {group: folder}`).
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated

import typer

from facepencil.config.params import Params, load_params
from facepencil.data.split import part_of
from facepencil.store import Shard, atomic
from pipeline import layout


def photos_but_the_test(params: Params) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of the photos of `train` and `val`, in the order of the shards.

    Raises:
        ShardError: a shard of photos is missing or damaged.
    """
    for number in range(len(params.shards)):
        with Shard(layout.raw(number)) as shard:
            for photo in shard.index["photos"]:
                entry = {**photo, "photo": photo["id"]}
                if part_of(entry, params.seed, params.split) != "test":
                    path = PurePosixPath(photo.get("group", "")) / photo["file"]
                    yield str(path), shard.read(photo["file"])


def main(
    folder: Annotated[Path, typer.Argument(help="where the photos go; new or empty")],
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> None:
    """Copy the photos that are never tested on to a folder, to choose settings by."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SystemExit(f"{folder}: expected a new or an empty folder")
    count = 0
    for name, photo in photos_but_the_test(load_params(params)):
        with atomic(folder / name) as path:
            path.write_bytes(photo)
        count += 1
    print(f"{count} photos in {folder}")


if __name__ == "__main__":
    typer.run(main)
