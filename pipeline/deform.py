"""Stage `deform`: strokes to the test sketches at every level of deformation."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import cv2
import typer

from facepencil.config.reading import read
from facepencil.config.split import SplitParams
from facepencil.data.split import part_of
from facepencil.images import encode_png
from facepencil.progress import track
from facepencil.store import Shard, ShardError, write_shard
from facepencil.strokes.pen import Pen, TestSketcher, change_names
from facepencil.strokes.strokes import Strokes, read_strokes
from pipeline import layout
from pipeline.graph import find_job
from pipeline.launch import launch
from pipeline.reads import DeformReads


def deform_shard(
    strokes: Path,
    faces: Path,
    out: Path,
    split: SplitParams,
    sketcher: TestSketcher,
    levels: Sequence[float],
    changes: Sequence[str] = (),
) -> int:
    """Write the shard `out` of the test faces' sketches at every level; returns their number.

    With them go those changed in each way of `changes`, out of `pen.change_names`.

    Level 0 is the raster of the untouched strokes: S_syn, wherever it is compared with S_dfm.

    Raises:
        ShardError: `strokes` or `faces` is not whole, or they are not of the same faces.
    """
    tested = _tested(read_strokes(strokes), strokes, faces, split, sketcher.seed)
    index = {
        "size": sketcher.pen.raster_px,
        "levels": list(levels),
        "changes": list(changes),
        "ids": list(tested),
    }
    write_shard(out, _members(tested, sketcher, levels, changes), index)
    return len(tested)


def _members(
    tested: dict[str, Strokes],
    sketcher: TestSketcher,
    levels: Sequence[float],
    changes: Sequence[str],
) -> Iterator[tuple[str, bytes]]:
    for level in levels:
        for name, kept in track(tested.items(), f"deform, d = {level:g}", len(tested), "sketch"):
            yield f"{level:g}/{name}.png", encode_png(sketcher.draw(name, kept, level))
    for change in changes:
        for name, kept in track(tested.items(), f"deform, {change}", len(tested), "sketch"):
            yield f"{change}/{name}.png", encode_png(sketcher.draw_changed(name, kept, change))


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


def main(
    shard: Annotated[int, typer.Option(min=0, help="shard of strokes, counted from 0")],
    drawing: Annotated[str, typer.Option(help="folder of another way of drawing")] = "",
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Deform the strokes of one shard's test faces by d px of a 512 px canvas, for every level d.

    And as people draw, by each of deform.kinds at three strengths.

    Reads data/strokes/SHARD.npz and data/faces/SHARD.zip, writes data/deformed/SHARD.zip.
    """
    cv2.setNumThreads(1)
    job = find_job(params, "deform", shard=shard, drawing=drawing)
    known = read(params, DeformReads, job.variant)
    sketcher = TestSketcher(known.seed, Pen(known.sketch.size, known.sketch.size, known.deform))
    (strokes, faces), (out,) = job.inputs, job.outputs
    drawn, changes = known.deform, change_names(known.deform.kinds)
    count = deform_shard(strokes, faces, out, known.split, sketcher, drawn.levels, changes)
    levels = ", ".join(f"{level:g}" for level in drawn.levels)
    more = "".join(f", {kind}" for kind in drawn.kinds)
    return f"{count} test sketches at d = {levels}{more}"


if __name__ == "__main__":
    launch(main)
