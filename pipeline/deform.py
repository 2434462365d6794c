"""Stage `deform`: strokes to the test sketches at every level of deformation."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import cv2
import typer

from facepencil.config import DeformParams, SplitParams, load_params
from facepencil.images import Image, encode_png
from facepencil.progress import track
from facepencil.reporting.sheets import sheet
from facepencil.seeds import rng_of
from facepencil.sketch.deform import deform
from facepencil.sketch.raster import rasterize
from facepencil.sketch.strokes import Strokes, no_strokes, read_strokes
from facepencil.split import split_of
from facepencil.store import Shard, ShardError, atomic, write_shard
from pipeline import layout

SHEET_LEVELS = (0.0, 5.0, 11.0, 20.0, 30.0)


@dataclass(frozen=True)
class Drawing:
    """How strokes become pixels: global seed, side of the sketch in px, and the deformation."""

    seed: int
    size: int
    params: DeformParams

    def of(self, name: str, strokes: Strokes, level: float) -> Image:
        """The sketch (size, size) of a face at a level d: black on white, equal wherever drawn."""
        rng = rng_of(self.seed, "deform", name, float(level))
        points = deform(strokes, level, self.params.probability, rng)
        return 255 - rasterize(points, strokes.segments, self.size, self.params.line_px)


def deform_shard(strokes: Path, faces: Path, out: Path, split: SplitParams, how: Drawing) -> int:
    """Write the shard `out` of the test faces' sketches at every level; returns their number.

    Level 0 is the raster of the untouched strokes: S_syn, wherever it is compared with S_dfm.

    Raises:
        ShardError: `strokes` or `faces` is not whole, or they are not of the same faces.
    """
    tested = _tested(read_strokes(strokes), strokes, faces, split, how.seed)
    levels = how.params.levels
    members = (
        (f"{level:g}/{name}.png", encode_png(how.of(name, kept, level)))
        for level in levels
        for name, kept in track(tested.items(), f"deform, d = {level:g}", len(tested), "sketch")
    )
    write_shard(out, members, {"size": how.size, "levels": levels, "ids": list(tested)})
    return len(tested)


def _tested(
    found: dict[str, Strokes], strokes: Path, faces: Path, split: SplitParams, seed: int
) -> dict[str, Strokes]:
    with Shard(faces) as shard:
        entries = {entry["id"]: entry for entry in shard.index["faces"]}
    stray = sorted(found.keys() - entries.keys())
    if stray:
        raise ShardError(f"{strokes}: expected strokes of the faces of {faces}, got {stray[0]!r}")
    parts = (split_of(entries[k]["photo"], seed, split, entries[k].get("split")) for k in found)
    return {name: found[name] for name, part in zip(found, parts, strict=True) if part == "test"}


def write_sheet(strokes: Path, path: Path, how: Drawing) -> None:
    """Write a PNG of one sketch at rising d: the first of the file `strokes`, or an empty one."""
    name, kept = next(iter(read_strokes(strokes).items()), ("", no_strokes()))
    tiles = [[how.of(name, kept, level) for level in SHEET_LEVELS]]
    titles = [f"d = {level:g}" for level in SHEET_LEVELS]
    with atomic(path) as temporary:
        temporary.write_bytes(encode_png(sheet(tiles, columns=titles)))


def main(
    shard: Annotated[int, typer.Option(min=0, help="shard of strokes, counted from 0")],
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> None:
    """Deform the strokes of one shard's test faces by d px of a 512 px canvas, for every level d.

    Reads data/strokes/SHARD.npz and data/faces/SHARD.zip, writes data/deformed/SHARD.zip and
    results/figures/deformed/SHARD.png.
    """
    cv2.setNumThreads(1)
    known = load_params(params)
    how = Drawing(known.seed, known.sketch.size, known.deform)
    strokes, out = layout.strokes(shard), layout.deformed(shard)
    count = deform_shard(strokes, layout.faces(shard), out, known.split, how)
    write_sheet(strokes, layout.deform_sheet(shard), how)
    typer.echo(f"{count} test sketches at d = {', '.join(f'{d:g}' for d in known.deform.levels)}")


if __name__ == "__main__":
    typer.run(main)
