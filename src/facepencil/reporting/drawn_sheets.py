"""Sheets of faces painted from drawings, as the paper's figures 5 and 6."""

from collections.abc import Mapping, Sequence

from facepencil.images import Image, decode_png
from facepencil.sheets import sheet
from facepencil.store import Shard

DRAWN_EACH = 4
"""Drawings of each group on a sheet."""
_TILE_PX = 128


class DrawnFaces:
    """The drawings, and the faces that several variants painted from them."""

    def __init__(self, drawings: Shard, faces: Mapping[str, Shard]) -> None:
        """Use these open shards, `faces` by name of variant."""
        self._drawings, self._faces = drawings, faces
        self.variants = list(faces)
        self.shares = [f"{share:g}" for share in drawings.index["shares"]]
        groups: dict[str, list[str]] = {}
        pairs = zip(drawings.index["ids"], drawings.index["groups"], strict=True)
        for name, group in pairs:
            groups.setdefault(group, []).append(name)
        self.shown = [name for names in groups.values() for name in names[:DRAWN_EACH]]

    def drawing(self, share: str, name: str) -> Image:
        """What was painted (L, L), black on white."""
        return decode_png(self._drawings.read(f"{share}/{name}.png"))

    def painted(self, variant: str, share: str, name: str) -> Image:
        """The face (S, S, 3)."""
        return decode_png(self._faces[variant].read(f"{share}/{name}.png"))


def models_sheet(faces: DrawnFaces) -> Image:
    """Some drawings of each group as they were placed, and every variant's face of each."""
    share = faces.shares[0]
    rows = [
        [faces.drawing(share, name), *(faces.painted(one, share, name) for one in faces.variants)]
        for name in faces.shown
    ]
    return sheet(rows, ["drawing", *faces.variants], faces.shown, tile_px=_TILE_PX)


def refined_sheet(faces: DrawnFaces, variant: str) -> Image:
    """The same drawings refined by degrees, each beside what one variant paints from it."""
    rows = [
        [
            tile
            for share in faces.shares
            for tile in (faces.drawing(share, name), faces.painted(variant, share, name))
        ]
        for name in faces.shown
    ]
    titles: Sequence[str] = [t for share in faces.shares for t in (f"refine {share}", variant)]
    return sheet(rows, titles, faces.shown, tile_px=_TILE_PX)
