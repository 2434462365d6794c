"""Models in half the bytes, for the one that comes with the package."""

import hashlib
from pathlib import Path

from facepencil.networks.painter import load_painter, palette_entry, save_painter


def save_half(model: Path, out: Path) -> None:
    """Write a painter's weights as float16; `load_painter` reads them back as float32.

    The metadata name the sha256 of the file that they were taken from.

    Raises:
        FileNotFoundError: no such model.
        ValueError: the file is no model.
    """
    painter = load_painter(model)
    source = hashlib.sha256(model.read_bytes()).hexdigest()
    extra = {"source_sha256": source, **palette_entry(painter.palette)}
    save_painter(out, painter.net.half(), painter.model, extra)
