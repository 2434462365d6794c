"""Stage `finder`: a network learns to find the parts of the face in drawings."""

from pathlib import Path
from typing import Annotated

import typer

from facepencil.config.reading import read
from facepencil.data.sets import read_face_list
from facepencil.data.stroke_files import StrokeFiles
from facepencil.device import prepare_device
from facepencil.networks.finder_file import Finder, save_finder
from facepencil.strokes.strokes import Facial
from facepencil.training.part_finding import found_right, mean_layout, train_finder
from pipeline import layout
from pipeline.graph import find_job
from pipeline.launch import launch
from pipeline.reads import FinderReads


def finder(train_set: Path, params: FinderReads) -> tuple[Finder, float]:
    """The finder, trained on the strokes of the training faces, and how often it is right.

    Returns:
        The finder, and the mean share, over the parts, of those pixels of the validation faces'
        sketches whose part it finds; of the training faces' where there are none.

    Raises:
        ShardError: a shard is damaged, or a face has no strokes.
    """
    device = prepare_device(params.finder.threads, params.finder.precision)
    faces = read_face_list(train_set)
    seen = faces.ids["train"]
    strokes = StrokeFiles(faces.drawn_shards, seen)
    net = train_finder(seen, strokes, params.finder, device)
    unseen = faces.ids["val"] or seen
    right = found_right(net, unseen, StrokeFiles(faces.drawn_shards, unseen))
    return Finder(net.cpu(), mean_layout(strokes)), right


def main(
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Train the finder of the parts of drawings on `finder.samples` sketches.

    Reads data/sets/train.json and the strokes it lists, writes models/finder.safetensors.
    """
    job = find_job(params, "finder")
    known = read(params, FinderReads, job.variant)
    trained, right = finder(job.inputs[0], known)
    save_finder(job.outputs[0], trained)
    parts = len(Facial)
    return f"{known.finder.samples} sketches seen, {right:.1%} of {parts} parts' lines found right"


if __name__ == "__main__":
    launch(main)
