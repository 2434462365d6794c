"""Stage `preview`: pictures of sketches and of their deformation, for people to look at."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from facepencil.config.reading import read
from facepencil.images import decode_png, encode_png
from facepencil.sheets import sheet
from facepencil.store import Shard, write_bytes
from facepencil.strokes.pen import Pen, TestSketcher
from facepencil.strokes.strokes import no_strokes, read_strokes
from pipeline import layout
from pipeline.graph import find_job
from pipeline.launch import launch
from pipeline.reads import PreviewReads

_LEVELS = (0.0, 5.0, 11.0, 20.0, 30.0)
"""d of the deformed sketches that are shown, px on the 512 px canvas."""

_FACES = 6
_PER_ROW = 3


def sketch_sheet(faces: Path, sketches: Path, path: Path) -> None:
    """Write a PNG of the first faces of a shard, each beside its sketch.

    Raises:
        ShardError: a shard is damaged.
    """
    with Shard(faces) as photos, Shard(sketches) as drawn:
        names = drawn.index["ids"][:_FACES]
        pairs = [
            decode_png(shard.read(f"{name}.png")) for name in names for shard in (photos, drawn)
        ]
    width = 2 * _PER_ROW
    rows = [pairs[start : start + width] for start in range(0, len(pairs), width)]
    titles = ["photo", "sketch"] * (max(map(len, rows), default=0) // 2)
    # A shard without faces still gets its sheet: an empty page.
    page = sheet(rows, columns=titles) if rows else np.full((256, 256), 255, np.uint8)
    write_bytes(path, encode_png(page))


def deform_sheet(strokes: Path, path: Path, sketcher: TestSketcher) -> None:
    """Write a PNG of one sketch at rising d: the first of a shard, or an empty one.

    Raises:
        ShardError: the shard is damaged.
    """
    name, kept = next(iter(read_strokes(strokes).items()), ("", no_strokes()))
    tiles = [[sketcher.draw(name, kept, level) for level in _LEVELS]]
    write_bytes(path, encode_png(sheet(tiles, columns=[f"d = {level:g}" for level in _LEVELS])))


def main(
    drawing: Annotated[str, typer.Option(help="folder of another way of drawing")] = "",
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Show the first faces of the first shard beside their sketches, and one sketch deformed.

    Reads data/faces/0.zip, data/sketches/0.zip and data/strokes/0.npz, writes sketches.png and
    deformed.png in results/figures/previews/. d is in px on a canvas of 512 px.
    """
    job = find_job(params, "preview", drawing=drawing)
    known = read(params, PreviewReads, job.variant)
    faces, sketches, strokes = job.inputs
    sketch_sheet(faces, sketches, job.outputs[0])
    pen = Pen(known.sketch.size, known.sketch.size, known.deform)
    deform_sheet(strokes, job.outputs[1], TestSketcher(known.seed, pen))
    return f"look at {job.outputs[0]} and {job.outputs[1].name}"


if __name__ == "__main__":
    launch(main)
