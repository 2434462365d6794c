"""One file of pre-trained weights out of its archive."""

from pathlib import Path

from facepencil.assets.archive import Archive
from facepencil.assets.fetch import Cache, fetch
from facepencil.assets.registry import Registry
from facepencil.store import atomic


def take_weights(out: Path, file: str, registry: Registry, cache: Cache) -> None:
    """Write the weights that the registry calls `file` to `out`, whole or not at all.

    Raises:
        AssetError: unknown, not to be had, or not what the registry says.
    """
    name, asset = registry.weights(file)
    path = fetch(name, asset, cache)[asset.file.name]
    with Archive(path) as archive, atomic(out) as temporary, temporary.open("wb") as target:
        archive.copy(asset.members[file], target)
