"""Stage `weights`: one file of pre-trained weights, fetched and verified."""

from typing import Annotated

import typer

from facepencil.assets.fetch import Cache
from facepencil.assets.registry import AssetError, load_registry
from facepencil.assets.weights import take_weights
from pipeline import layout


def main(
    file: Annotated[str, typer.Option(help="the registry's name of the file, such as hed.h5")],
) -> None:
    """Write data/weights/<file>, fetching its archive unless it is in the cache."""
    cache = Cache(layout.DOWNLOADS, layout.KNOWN_HASHES)
    try:
        take_weights(layout.weights(file), file, load_registry(), cache)
    except AssetError as error:
        raise SystemExit(f"weights: {error}") from error


if __name__ == "__main__":
    typer.run(main)
