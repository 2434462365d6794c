"""Stage `sketch`: aligned faces to one-pixel sketches S_syn."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

from facepencil.config.params import load_params
from facepencil.config.sketch import SketchParams
from facepencil.images import Image, decode_png, encode_png, resize
from facepencil.progress import track
from facepencil.sheets import sheet
from facepencil.sketch.extract import Crop, Sketch, Sketcher, SketchWeights
from facepencil.sketch.thin import Lines
from facepencil.store import Shard, atomic, write_shard
from pipeline import layout

SHOWN = 6


def sketch_shard(
    faces: Path, weights: SketchWeights, sketches: Path, figure: Path, params: SketchParams
) -> int:
    """Write the shard `sketches` of the shard `faces`, and a sheet of its first few faces.

    Memory holds one batch at a time. Returns the number of sketches.

    Raises:
        ShardError: `faces` is not a whole shard.
        ValueError: a file of `weights` is not what it should be, or `params.method` is `mask`
            and a face has no labels.
    """
    sketcher = Sketcher(params, weights)
    rows: list[list[Image]] = []
    with Shard(faces) as shard:
        ids = [face["id"] for face in shard.index["faces"]]
        index = {"size": params.size, "method": params.method, "ids": ids}
        write_shard(sketches, _members(shard, ids, sketcher, params.batch, rows), index)
    write_sheet(rows, figure)
    return len(ids)


def _members(
    shard: Shard, ids: list[str], sketcher: Sketcher, batch: int, rows: list[list[Image]]
) -> Iterator[tuple[str, bytes]]:
    waiting: list[Crop] = []
    for number, name in enumerate(track(ids, "sketch", len(ids)), 1):
        waiting.append(_photo(shard, name))
        if len(waiting) < batch and number < len(ids):
            continue
        for photo, sketch in zip(waiting, sketcher(waiting), strict=True):
            if len(rows) < SHOWN:
                rows.append(_row(photo, sketch))
            yield f"{photo.name}.png", encode_png(_on_paper(sketch.lines))
        waiting.clear()


def _photo(shard: Shard, name: str) -> Crop:
    mask = f"{name}.mask.png"
    labels = decode_png(shard.read(mask)) if mask in shard.names else None
    return Crop(name, decode_png(shard.read(f"{name}.png")), labels)


def _row(photo: Crop, sketch: Sketch) -> list[Image]:
    soft = np.rint(255 * (1 - sketch.soft)).astype(np.uint8)
    return [resize(photo.rgb, len(soft)), soft, _on_paper(sketch.lines)]


def _on_paper(lines: Lines) -> Image:
    return np.where(lines, 0, 255).astype(np.uint8)


def write_sheet(rows: list[list[Image]], path: Path) -> None:
    """Write a PNG of photo, soft map and sketch side by side; blank tiles if there is no face."""
    tiles = rows or [[np.full((256, 256), 255, np.uint8)] * 3]
    with atomic(path) as temporary:
        picture = sheet(tiles, columns=["photo", "soft map", "sketch"])
        temporary.write_bytes(encode_png(picture))


def main(
    shard: Annotated[int, typer.Option(min=0, help="shard of faces, counted from 0")],
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> None:
    """Draw the faces of one shard: black lines, one pixel wide, on white.

    Reads data/faces/SHARD.zip and data/weights/{hed.h5,face_mesh.tflite,person_mask.tflite},
    writes data/sketches/SHARD.zip and results/figures/sketches/SHARD.png.
    """
    section = load_params(params).sketch
    cv2.setNumThreads(section.threads)
    files = ("hed.h5", "face_mesh.tflite", "person_mask.tflite")
    weights = SketchWeights(*map(layout.weights, files))
    faces, out, figure = layout.faces(shard), layout.sketches(shard), layout.sketch_sheet(shard)
    count = sketch_shard(faces, weights, out, figure, section)
    typer.echo(f"{count} sketches drawn by {section.method}")


if __name__ == "__main__":
    typer.run(main)
