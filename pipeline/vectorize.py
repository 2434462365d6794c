"""Stage `vectorize`: one-pixel sketches to strokes."""

from pathlib import Path
from typing import Annotated

import cv2
import typer

from facepencil.config.reading import read
from facepencil.config.vectorize import VectorizeParams
from facepencil.images import decode_png
from facepencil.progress import track
from facepencil.store import Shard, ShardError
from facepencil.strokes.strokes import Strokes, write_strokes
from facepencil.strokes.vectorize import vectorize
from pipeline import layout
from pipeline.graph import find_job
from pipeline.launch import launch
from pipeline.reads import VectorizeReads


def vectorize_shard(sketches: Path, strokes: Path, params: VectorizeParams) -> dict[str, Strokes]:
    """Write the file `strokes` of every sketch of the shard `sketches`; returns what it holds.

    A face's strokes take a few kB, a hundredth of its photo: a shard's are kept until the end.

    Raises:
        ShardError: `sketches` is not a whole shard of square single-channel images.
    """
    with Shard(sketches) as shard:
        ids = shard.index["ids"]
        found = {
            name: _strokes(shard, name, params)
            for name in track(ids, "vectorize", len(ids), "sketch")
        }
        rejects = [one["id"] for one in shard.index["rejects"]]
    write_strokes(strokes, found, rejects)
    return found


def _strokes(shard: Shard, name: str, params: VectorizeParams) -> Strokes:
    sketch, parts = (decode_png(shard.read(f"{name}{kind}.png")) for kind in ("", ".parts"))
    try:
        return vectorize(sketch, params.tolerance_px, params.min_length_px, parts)
    except ValueError as error:
        raise ShardError(f"{shard.path}: {name}.png: {error}") from error


def main(
    shard: Annotated[int, typer.Option(min=0, help="shard of sketches, counted from 0")],
    drawing: Annotated[str, typer.Option(help="folder of another way of drawing")] = "",
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Trace the sketches of one shard as chains of cubic Beziers.

    Reads data/sketches/SHARD.zip, writes data/strokes/SHARD.npz; both in a folder DRAWING where
    one is named.
    """
    cv2.setNumThreads(1)
    job = find_job(params, "vectorize", shard=shard, drawing=drawing)
    section = read(params, VectorizeReads, job.variant).vectorize
    (sketches,), (out,) = job.inputs, job.outputs
    found = vectorize_shard(sketches, out, section)
    segments = sum(len(strokes.segments) for strokes in found.values())
    return f"{len(found)} sketches, {segments} segments"


if __name__ == "__main__":
    launch(main)
