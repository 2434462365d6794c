"""Stage `exemplars`: faces of training towards which drawings are refined."""

from pathlib import Path
from typing import Annotated

import typer

from facepencil.data.sets import read_face_list
from facepencil.data.stroke_files import StrokeFiles
from facepencil.serving.exemplars import FEWEST_EXEMPLARS, choose_exemplars
from facepencil.strokes.strokes import write_strokes
from pipeline import layout
from pipeline.graph import find_job
from pipeline.launch import launch

COUNT = 600
"""Faces kept, of which 3 kB each."""


def exemplars(train_set: Path, out: Path) -> int:
    """Write the strokes of the most usual training faces; returns how many they are.

    Raises:
        ShardError: a shard is damaged, or a face has no strokes.
    """
    faces = read_face_list(train_set)
    strokes = StrokeFiles(faces.drawn_shards, faces.ids["train"])
    chosen = choose_exemplars(strokes.by_id(), COUNT)
    write_strokes(out, chosen)
    return len(chosen)


def main(
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Keep the strokes of training faces towards which drawings are refined.

    Reads data/sets/train.json and the strokes it lists, writes models/exemplars.npz.
    """
    job = find_job(params, "exemplars")
    count = exemplars(job.inputs[0], job.outputs[0])
    few = (
        ""
        if count >= FEWEST_EXEMPLARS
        else "; too few to draw towards: expected drawings.folder: null"
    )
    return f"{count} faces{few}"


if __name__ == "__main__":
    launch(main)
