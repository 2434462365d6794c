"""Stage `weights`: one file of pre-trained weights, fetched and verified."""

from pathlib import Path
from typing import Annotated

import typer

from facepencil.assets.fetch import Cache
from facepencil.assets.registry import load_registry
from facepencil.assets.weights import take_weights
from pipeline import layout
from pipeline.launch import launch


def main(
    file: Annotated[str, typer.Option(help="the registry's name of the file, such as hed.h5")],
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Write data/weights/FILE, fetching its archive unless it is in the cache."""
    cache = Cache(layout.DOWNLOADS, layout.KNOWN_HASHES)
    take_weights(layout.weights(file), file, load_registry(), cache)
    return "verified"


if __name__ == "__main__":
    launch(main)
