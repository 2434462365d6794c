"""Files of palettes: the colours of hair, skin and ground of the faces of a shard."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from facepencil.colours import PALETTE_PARTS, Colours, Palettes, hex_colour, palette_of_hex
from facepencil.images import Image
from facepencil.store import ShardError, write_text


def write_palettes(path: Path, faces: Mapping[str, Colours]) -> None:
    """Write colours by face id as JSON, whole or not at all."""
    entries = {
        name: {
            **dict(zip(PALETTE_PARTS, map(hex_colour, found.palette), strict=True)),
            "guessed": list(found.guessed),
        }
        for name, found in faces.items()
    }
    write_text(path, json.dumps(entries, indent=1) + "\n")


def read_palettes(paths: Sequence[Path]) -> dict[str, Image]:
    """Palettes (3, 3) by face id, out of the files of several shards.

    Raises:
        ShardError: a file is not there, or is none of `write_palettes`.
    """
    return {name: one for path in paths for name, one in _read(path).items()}


def _read(path: Path) -> dict[str, Image]:
    try:
        entries = json.loads(path.read_text())
        return {name: _palette(entry) for name, entry in entries.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ShardError(f"{path}: expected palettes of faces: {error}") from error


def palettes_of(known: Mapping[str, Image], ids: Sequence[str]) -> Palettes:
    """Palettes (N, 3, 3) of faces, in that order.

    Raises:
        ShardError: a face has none.
    """
    missing = [name for name in ids if name not in known]
    if missing:
        raise ShardError(f"no palettes of the faces {missing[:3]}")
    return np.array([known[name] for name in ids], np.uint8).reshape(-1, 3, 3)


def mean_palette(palettes: Palettes) -> Image:
    """The mean colours (3, 3) of at least one palette."""
    return np.asarray(np.rint(palettes.mean(0)), np.uint8)


def _palette(entry: Mapping[str, str]) -> Image:
    return palette_of_hex([entry[part] for part in PALETTE_PARTS])
