"""Sheets of painted faces, like the paper's figures 3 and 4."""

from collections.abc import Mapping, Sequence

import numpy as np

from facepencil.images import Image, decode_png
from facepencil.sheets import sheet
from facepencil.store import Shard, ShardError

FACES = 4
"""Faces on the sheet without photos, which may be published, and of many variants."""
ACROSS = 8
"""Variants beside each other."""


class Samples:
    """The sample faces of several variants, all of the same photos."""

    def __init__(self, shards: Mapping[str, Shard]) -> None:
        """Use these open shards, by name of variant.

        Raises:
            ShardError: the variants were not painted from the same sketches.
        """
        first, *others = shards.values()
        for other in others:
            if other.index != first.index:
                raise ShardError(f"{other.path}: expected the photos and levels of {first.path}")
        self._shards = dict(shards)
        self._first = first
        self.ids: list[str] = first.index["ids"]
        self.levels: list[float] = first.index["levels"]

    def photo(self, name: str) -> Image:
        """The photo (S, S, 3) at the size of the painted faces."""
        return decode_png(self._first.read(f"{name}.photo.png"))

    def sketch(self, level: float, name: str) -> Image:
        """The sketch (S, S), black on white."""
        return decode_png(self._first.read(f"{level:g}/{name}.sketch.png"))

    def painted(self, variant: str, level: float, name: str) -> Image:
        """The face (S, S, 3) that a variant painted."""
        return decode_png(self._shards[variant].read(f"{level:g}/{name}.png"))


def synthetic_sheet(samples: Samples, variants: Sequence[str]) -> Image:
    """Figure 3: S_syn, photo and every variant's face, one row per photo."""
    level = min(samples.levels)
    return _stacked(
        [
            sheet(
                [
                    [
                        samples.sketch(level, name),
                        samples.photo(name),
                        *(samples.painted(variant, level, name) for variant in some),
                    ]
                    for name in _few(samples, variants)
                ],
                ["sketch", "photo", *some],
            )
            for some in _in_rows(variants)
        ]
    )


def deformation_sheet(samples: Samples, variants: Sequence[str]) -> Image:
    """Figure 4: the most deformed sketch and every variant's face, one row per photo."""
    level = max(samples.levels)
    return _stacked(
        [
            sheet(
                [
                    [
                        samples.sketch(level, name),
                        *(samples.painted(variant, level, name) for variant in some),
                    ]
                    for name in _few(samples, variants)
                ],
                [f"sketch, d = {level:g}", *some],
            )
            for some in _in_rows(variants)
        ]
    )


def _in_rows(variants: Sequence[str]) -> list[Sequence[str]]:
    """As many variants beside each other as a screen shows."""
    return [variants[first : first + ACROSS] for first in range(0, len(variants), ACROSS)]


def _few(samples: Samples, variants: Sequence[str]) -> list[str]:
    """All faces, or some of them where there are variants for several rows."""
    return samples.ids if len(variants) <= ACROSS else samples.ids[:FACES]


def _stacked(sheets: Sequence[Image]) -> Image:
    """Sheets below one another on white."""
    wide = max(one.shape[1] for one in sheets)
    gaps = [((0, 0), (0, wide - one.shape[1]), (0, 0)) for one in sheets]
    whole = [np.pad(one, gap, constant_values=255) for one, gap in zip(sheets, gaps, strict=True)]
    return np.concatenate(whole)


def painted_sheet(samples: Samples, variant: str) -> Image:
    """Sketches beside one variant's faces at every level; no photos, so it may be published."""
    names = samples.ids[:FACES]
    rows = [
        [
            tile
            for name in names
            for tile in (samples.sketch(level, name), samples.painted(variant, level, name))
        ]
        for level in samples.levels
    ]
    titles = ["sketch", "painted"] * len(names)
    return sheet(rows, titles, [f"d = {level:g}" for level in samples.levels], tile_px=192)
