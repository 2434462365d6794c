"""Stage `sketch`: aligned faces to one-pixel sketches S_syn."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

from facepencil.config.reading import read
from facepencil.config.sketch import SketchParams
from facepencil.images import Image, decode_png, encode_png
from facepencil.progress import track
from facepencil.sketch.extract import Crop, Sketcher, SketchWeights
from facepencil.sketch.thin import Lines
from facepencil.store import Shard, write_shard
from pipeline import layout
from pipeline.graph import find_job
from pipeline.launch import launch
from pipeline.reads import SketchReads


def sketch_shard(faces: Path, weights: SketchWeights, sketches: Path, params: SketchParams) -> int:
    """Write the shard `sketches` of the shard `faces`.

    Memory holds one batch at a time. Returns the number of sketches.

    Raises:
        ShardError: `faces` is not a whole shard.
        ValueError: a file of `weights` is not what it should be, or `params.method` is `mask`
            and a face has no labels.
    """
    sketcher = Sketcher(params, weights)
    with Shard(faces) as shard:
        ids = [face["id"] for face in shard.index["faces"]]
        index = {"size": params.size, "method": params.method, "ids": ids}
        write_shard(sketches, _members(shard, ids, sketcher, params.batch), index)
    return len(ids)


def _members(
    shard: Shard, ids: list[str], sketcher: Sketcher, batch: int
) -> Iterator[tuple[str, bytes]]:
    waiting: list[Crop] = []
    for number, name in enumerate(track(ids, "sketch", len(ids)), 1):
        waiting.append(_photo(shard, name))
        if len(waiting) < batch and number < len(ids):
            continue
        for photo, sketch in zip(waiting, sketcher(waiting), strict=True):
            yield f"{photo.name}.png", encode_png(_on_paper(sketch.lines))
        waiting.clear()


def _photo(shard: Shard, name: str) -> Crop:
    mask = f"{name}.mask.png"
    labels = decode_png(shard.read(mask)) if mask in shard.names else None
    return Crop(name, decode_png(shard.read(f"{name}.png")), labels)


def _on_paper(lines: Lines) -> Image:
    return np.where(lines, 0, 255).astype(np.uint8)


def main(
    shard: Annotated[int, typer.Option(min=0, help="shard of faces, counted from 0")],
    drawing: Annotated[str, typer.Option(help="folder of another way of drawing")] = "",
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Draw the faces of one shard: black lines, one pixel wide, on white.

    Reads data/faces/SHARD.zip and data/weights/{hed.h5,face_mesh.tflite,person_mask.tflite},
    writes data/sketches/SHARD.zip.
    """
    job = find_job(params, "sketch", shard=shard, drawing=drawing)
    section = read(params, SketchReads, job.variant).sketch
    cv2.setNumThreads(section.threads)
    faces, *networks = job.inputs
    count = sketch_shard(faces, SketchWeights(*networks), job.outputs[0], section)
    return f"{count} sketches by {section.method}"


if __name__ == "__main__":
    launch(main)
