"""Stage `deform`: strokes to the test sketches at every level of deformation."""

from pathlib import Path
from typing import Annotated

import cv2
import typer

from facepencil.config.params import load_params
from facepencil.config.split import SplitParams
from facepencil.data.split import part_of
from facepencil.data.testset import TestSketcher
from facepencil.images import encode_png
from facepencil.progress import track
from facepencil.sheets import sheet
from facepencil.store import Shard, ShardError, write_bytes, write_shard
from facepencil.strokes.pen import Pen
from facepencil.strokes.strokes import Strokes, no_strokes, read_strokes
from pipeline import layout

SHEET_LEVELS = (0.0, 5.0, 11.0, 20.0, 30.0)


def deform_shard(
    strokes: Path, faces: Path, out: Path, split: SplitParams, sketcher: TestSketcher
) -> int:
    """Write the shard `out` of the test faces' sketches at every level; returns their number.

    Level 0 is the raster of the untouched strokes: S_syn, wherever it is compared with S_dfm.

    Raises:
        ShardError: `strokes` or `faces` is not whole, or they are not of the same faces.
    """
    tested = _tested(read_strokes(strokes), strokes, faces, split, sketcher.seed)
    levels = sketcher.levels
    members = (
        (f"{level:g}/{name}.png", encode_png(sketcher.draw(name, kept, level)))
        for level in levels
        for name, kept in track(tested.items(), f"deform, d = {level:g}", len(tested), "sketch")
    )
    index = {"size": sketcher.pen.raster_px, "levels": levels, "ids": list(tested)}
    write_shard(out, members, index)
    return len(tested)


def _tested(
    found: dict[str, Strokes], strokes: Path, faces: Path, split: SplitParams, seed: int
) -> dict[str, Strokes]:
    with Shard(faces) as shard:
        entries = {entry["id"]: entry for entry in shard.index["faces"]}
    stray = sorted(found.keys() - entries.keys())
    if stray:
        raise ShardError(f"{strokes}: expected strokes of the faces of {faces}, got {stray[0]!r}")
    tested = {name for name in found if part_of(entries[name], seed, split) == "test"}
    return {name: kept for name, kept in found.items() if name in tested}


def write_sheet(strokes: Path, path: Path, sketcher: TestSketcher) -> None:
    """Write a PNG of one sketch at rising d: the first of the file `strokes`, or an empty one."""
    name, kept = next(iter(read_strokes(strokes).items()), ("", no_strokes()))
    tiles = [[sketcher.draw(name, kept, level) for level in SHEET_LEVELS]]
    titles = [f"d = {level:g}" for level in SHEET_LEVELS]
    write_bytes(path, encode_png(sheet(tiles, columns=titles)))


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
    pen = Pen(known.sketch.size, known.sketch.size, known.deform)
    sketcher = TestSketcher(known.seed, pen)
    strokes, out = layout.strokes(shard), layout.deformed(shard)
    count = deform_shard(strokes, layout.faces(shard), out, known.split, sketcher)
    write_sheet(strokes, layout.deform_sheet(shard), sketcher)
    typer.echo(f"{count} test sketches at d = {', '.join(f'{d:g}' for d in known.deform.levels)}")


if __name__ == "__main__":
    typer.run(main)
