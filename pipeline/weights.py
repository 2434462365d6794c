"""Stage `weights`: one file of pre-trained weights, fetched and verified."""

from pathlib import Path
from typing import Annotated

import typer

from facepencil.assets.fetch import Cache
from facepencil.assets.registry import AssetError, load_registry
from facepencil.assets.weights import take_weights
from pipeline import layout

CACHE = Cache(layout.STATE / "downloads", Path("assets.lock"))


def main(
    file: Annotated[str, typer.Option(help="the registry's name of the file, such as hed.h5")],
) -> None:
    """Write data/weights/<file>, fetching its archive unless it is in the cache."""
    try:
        take_weights(layout.weights(file), file, load_registry(), CACHE)
    except AssetError as error:
        raise SystemExit(f"weights: {error}") from error


if __name__ == "__main__":
    typer.run(main)
