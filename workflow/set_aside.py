"""Photos to choose settings by: `python -m workflow.set_aside FOLDER`.

Copies the photos that no table of this tree scores. A clone of the repository whose photos they are
(`download: {source: folder, folder: FOLDER}`) keeps some of them for its own tables: choices made
by those have never seen a test photo. Photos of one group stay together, in a folder each
(`split: {group: folder}`).
"""

import argparse
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from facepencil.config.params import Params, load_params
from facepencil.config.section import ConfigError
from facepencil.data.split import part_of
from facepencil.store import Shard, ShardError, write_bytes
from pipeline import layout


def photos_but_the_test(params: Params) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of the photos of `train` and `val`, in the order of the shards.

    Raises:
        ShardError: a shard of photos is missing or damaged.
    """
    for number in params.shards:
        with Shard(layout.raw(number)) as shard:
            for photo in shard.index["photos"]:
                entry = {**photo, "photo": photo["id"]}
                if part_of(entry, params.seed, params.split) != "test":
                    path = PurePosixPath(photo.get("group", "")) / photo["file"]
                    yield str(path), shard.read(photo["file"])


def set_aside(folder: Path) -> str:
    """Copy them; returns what came out, in a line.

    Raises:
        SystemExit: the folder is in use, or params.yaml or a shard of photos is not as expected.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SystemExit(f"{folder}: expected a new or an empty folder")
    count = 0
    try:
        for name, photo in photos_but_the_test(load_params(layout.PARAMS)):
            write_bytes(folder / name, photo)
            count += 1
    except (ConfigError, ShardError) as error:
        raise SystemExit(str(error)) from None
    return f"{count} photos in {folder}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the photos go; new or empty")
    print(set_aside(parser.parse_args().folder))
