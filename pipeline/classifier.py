"""Stage `classifier`: C learns to tell aligned sketches from deformed ones."""

from pathlib import Path
from typing import Annotated

import typer

from facepencil.config.reading import read
from facepencil.data.sets import read_face_list
from facepencil.data.stroke_files import StrokeFiles
from facepencil.device import prepare_device
from facepencil.networks.classifier import DeformationClassifier
from facepencil.strokes.pen import Pen
from facepencil.training.pretraining import accuracy, save_classifier, train_classifier
from pipeline import layout
from pipeline.graph import find_job
from pipeline.launch import launch
from pipeline.reads import ClassifierReads


def classifier(train_set: Path, params: ClassifierReads) -> tuple[DeformationClassifier, float]:
    """C, trained on the strokes of the training faces, and its accuracy on those of validation.

    Raises:
        ShardError: a shard is damaged, or a face has no strokes.
    """
    device = prepare_device(params.classifier.threads, params.classifier.precision)
    faces = read_face_list(train_set)
    pen = Pen(params.sketch.size, params.model.size, params.deform)
    seen, unseen = (faces.ids[part] for part in ("train", "val"))
    strokes = StrokeFiles(faces.drawn_shards, seen)
    trained = train_classifier(seen, strokes, pen, params.classifier, device)
    unseen = unseen or seen
    drawn = StrokeFiles(faces.drawn_shards, unseen)
    return trained, accuracy(trained, unseen, drawn, pen, params.classifier)


def main(
    drawing: Annotated[str, typer.Option(help="folder of another way of drawing")] = "",
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Train the classifier of aligned and deformed sketches on `classifier.samples` of them.

    Reads data/sets/train.json and the strokes it lists, writes models/classifier.safetensors.
    """
    job = find_job(params, "classifier", drawing=drawing)
    known = read(params, ClassifierReads, job.variant)
    trained, right = classifier(job.inputs[0], known)
    save_classifier(job.outputs[0], trained)
    return f"{known.classifier.samples} sketches seen, {right:.1%} of unseen ones told right"


if __name__ == "__main__":
    launch(main)
