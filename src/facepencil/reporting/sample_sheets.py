"""Sheets of painted faces, like the paper's figures 3 and 4."""

from collections.abc import Callable, Mapping, Sequence

import cv2
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
            if any(other.index[key] != first.index[key] for key in ("ids", "levels")):
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

    def worst(self, variant: str) -> tuple[float, list[str]]:
        """The level at which a variant was found to paint faces worst, and which ones."""
        index = self._shards[variant].index
        return index["worst_level"], index["worst"]

    def worst_photo(self, variant: str, name: str) -> Image:
        """The photo (S, S, 3) of one of a variant's own worst faces."""
        return decode_png(self._shards[variant].read(f"{name}.photo.png"))

    def worst_sketch(self, variant: str, name: str) -> Image:
        """Its sketch (S, S), black on white."""
        level, _ = self.worst(variant)
        return decode_png(self._shards[variant].read(f"{level:g}/{name}.sketch.png"))

    def width(self, variant: str, level: float, name: str) -> Image | None:
        """Widths (S, S) that a variant chooses on a sketch, or None if it has no attention."""
        member, shard = f"{level:g}/{name}.width.png", self._shards[variant]
        return decode_png(shard.read(member)) if member in shard.names else None


def synthetic_sheet(samples: Samples, variants: Sequence[str]) -> Image:
    """Figure 3: S_syn, photo and every variant's face, one row per photo."""
    level = min(samples.levels)
    return _beside(
        samples,
        variants,
        level,
        {"sketch": lambda name: samples.sketch(level, name), "photo": samples.photo},
    )


def deformation_sheet(samples: Samples, variants: Sequence[str]) -> Image:
    """Figure 4: the most deformed sketch and every variant's face, one row per photo."""
    level = max(samples.levels)
    title = f"sketch, d = {level:g}"
    return _beside(samples, variants, level, {title: lambda name: samples.sketch(level, name)})


def _beside(
    samples: Samples,
    variants: Sequence[str],
    level: float,
    first: Mapping[str, Callable[[str], Image]],
) -> Image:
    """Columns `first`, by title, then what variants paint at a level; many in several blocks."""
    names = samples.ids if len(variants) <= ACROSS else samples.ids[:FACES]
    blocks = []
    for start in range(0, len(variants), ACROSS):
        some = variants[start : start + ACROSS]
        rows = [
            [
                *(picture(name) for picture in first.values()),
                *(samples.painted(variant, level, name) for variant in some),
            ]
            for name in names
        ]
        blocks.append(sheet(rows, [*first, *some]))
    return _stacked(blocks)


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


def worst_sheet(samples: Samples, variants: Sequence[str]) -> Image:
    """Sketch, photo and painted face of the faces that each variant paints worst, a row each."""
    rows = []
    for variant in variants:
        level, names = samples.worst(variant)
        rows.append(
            [
                tile
                for name in names
                for tile in (
                    samples.worst_sketch(variant, name),
                    samples.worst_photo(variant, name),
                    samples.painted(variant, level, name),
                )
            ]
        )
    titles = ["sketch", "photo", "painted"] * (max(map(len, rows)) // 3)
    return sheet(rows, titles, list(variants), tile_px=128)


def width_sheet(samples: Samples, variants: Sequence[str]) -> Image:
    """Sketches beside the widths of strokes that attention chooses: dark thin, bright thick."""
    level, names = max(samples.levels), samples.ids[:FACES]
    having = [one for one in variants if samples.width(one, level, names[0]) is not None]
    rows = [
        [
            tile
            for name in names
            for tile in (samples.sketch(level, name), _widths(samples, one, level, name))
        ]
        for one in having
    ]
    if not rows:
        return sheet([[samples.sketch(level, name) for name in names]], rows=["no attention"])
    return sheet(rows, ["sketch", "width"] * len(names), having, tile_px=160)


def _widths(samples: Samples, variant: str, level: float, name: str) -> Image:
    found = samples.width(variant, level, name)
    assert found is not None
    colours = cv2.applyColorMap(found, cv2.COLORMAP_VIRIDIS)
    return np.asarray(colours[..., ::-1])
