"""Stage `sketch`: aligned faces to one-pixel sketches S_syn."""

from collections import Counter
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
from facepencil.rejects import UNUSABLE, reject
from facepencil.sketch.extract import Crop, Sketch, Sketcher, SketchWeights
from facepencil.sketch.thin import Lines
from facepencil.store import Entry, Shard, ShardError, write_shard
from pipeline import layout
from pipeline.graph import find_job
from pipeline.launch import launch
from pipeline.reads import SketchReads


def sketch_shard(
    faces: Path, weights: SketchWeights, sketches: Path, params: SketchParams
) -> Entry:
    """Write the shard `sketches` of the shard `faces`, and which part of the face lies where.

    Memory holds one batch at a time. Returns the index: each face is among `ids` or `rejects` (id,
    reason), and has no sketch then.

    Raises:
        ShardError: `faces` is not a whole shard.
        ValueError: a file of `weights` is not what it should be, or `params.method` is `mask`
            and no face has labels.
    """
    sketcher = Sketcher(params, weights)
    index: Entry = {"size": params.size, "method": params.method, "ids": [], "rejects": []}
    with Shard(faces) as shard:
        names = [face["id"] for face in shard.index["faces"]]
        if params.method == "mask":
            _check_labels(shard, names)
        write_shard(sketches, _members(shard, names, sketcher, params.batch, index), index)
    return index


def _check_labels(shard: Shard, names: list[str]) -> None:
    if names and not {f"{name}.mask.png" for name in names} & set(shard.names):
        raise ValueError(
            f"{shard.path}: sketch.method `mask` needs semantic labels, and no photo has any; "
            "use a source with masks (celebamask-hq) or another method"
        )


def _members(
    shard: Shard,
    names: list[str],
    sketcher: Sketcher,
    batch: int,
    index: Entry,
) -> Iterator[tuple[str, bytes]]:
    waiting: list[str] = []
    for number, name in enumerate(track(names, "sketch", len(names)), 1):
        waiting.append(name)
        if len(waiting) < batch and number < len(names):
            continue
        for each, drawn in zip(waiting, _drawn(shard, sketcher, waiting), strict=True):
            if isinstance(drawn, Exception):
                index["rejects"].append(reject(each, drawn))
                continue
            index["ids"].append(each)
            yield f"{each}.png", encode_png(_on_paper(drawn.lines))
            yield f"{each}.parts.png", encode_png(drawn.parts)
        waiting.clear()


def _drawn(shard: Shard, sketcher: Sketcher, names: list[str]) -> list[Sketch | Exception]:
    """The sketches of faces: drawn together, or if one of them raises, one by one."""
    try:
        return [*sketcher([_photo(shard, name) for name in names])]
    except ShardError:
        raise
    except UNUSABLE as error:
        if len(names) == 1:
            return [error]
        return [one for name in names for one in _drawn(shard, sketcher, [name])]


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
    """Draw the faces of one shard: black lines, one pixel wide, on white; and map their parts.

    Reads data/faces/SHARD.zip and data/weights/{hed.h5,face_mesh.tflite,person_mask.tflite},
    writes data/sketches/SHARD.zip.
    """
    job = find_job(params, "sketch", shard=shard, drawing=drawing)
    section = read(params, SketchReads, job.variant).sketch
    cv2.setNumThreads(section.threads)
    faces, *networks = job.inputs
    index = sketch_shard(faces, SketchWeights(*networks), job.outputs[0], section)
    reasons = Counter(one["reason"] for one in index["rejects"])
    parts = [f"{len(index['ids'])} sketches by {section.method}"]
    parts += [f"{count} rejected ({reason})" for reason, count in reasons.most_common()]
    return ", ".join(parts)


if __name__ == "__main__":
    launch(main)
