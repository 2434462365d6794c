"""Palettes: the colours of hair, skin and ground of a face."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from facepencil.images import Image

PALETTE_PARTS = ("hair", "skin", "ground")
"""What a palette has the colours of, in this order."""
Palettes = NDArray[np.uint8]
"""(N, 3, 3): RGB of hair, skin and ground of N faces."""


class Colours(NamedTuple):
    """A palette, and how far to trust it."""

    palette: Image
    """(3, 3) uint8: RGB of hair, skin and ground."""
    guessed: tuple[str, ...]
    """Which of them were not seen where they should be."""


def hex_colour(rgb: Image) -> str:
    """RGB (3,) as #rrggbb."""
    return f"#{bytes(rgb.tolist()).hex()}"


def palette_of_hex(colours: Sequence[str]) -> Image:
    """(3, 3) uint8 of the colours of hair, skin and ground, each as #rrggbb.

    Raises:
        ValueError: a colour is no such text.
    """
    rows = [list(bytes.fromhex(one.removeprefix("#"))) for one in colours]
    return np.array(rows, np.uint8).reshape(3, 3)
