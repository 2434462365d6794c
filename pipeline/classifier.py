"""Stage `classifier`: C learns to tell aligned sketches from deformed ones."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from facepencil.config.params import Params, load_params
from facepencil.data.face_set import ids_of, load_strokes
from facepencil.device import prepare_device
from facepencil.networks.classifier import DeformationClassifier
from facepencil.strokes.pen import Pen
from facepencil.training.pretraining import save_classifier, train_classifier
from pipeline import layout

LAST_STEPS = 20
"""Steps whose right answers the closing line counts."""


def classifier(
    faces: Sequence[Path], strokes: Sequence[Path], params: Params
) -> tuple[DeformationClassifier, list[float]]:
    """C and its right answers by step, from the strokes of the training faces.

    Raises:
        ShardError: a shard is damaged, or a face has no strokes.
    """
    device = prepare_device(params.classifier.threads)
    ids = ids_of(faces, "train", params.seed, params.split)
    pen = Pen(params.sketch.size, params.model.size, params.deform)
    return train_classifier(ids, load_strokes(strokes, ids), pen, params.classifier, device)


def main(
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> None:
    """Train the classifier of aligned and deformed sketches on `classifier.samples` of them.

    Reads data/faces/*.zip (for the split) and data/strokes/*.npz, writes
    models/classifier.safetensors.
    """
    settings = load_params(params)
    faces = [layout.faces(shard) for shard in settings.shards]
    strokes = [layout.strokes(shard) for shard in settings.shards]
    trained, right = classifier(faces, strokes, settings)
    save_classifier(layout.classifier(), trained)
    last = right[-LAST_STEPS:]
    score = f"{sum(last) / len(last):.2f} right in the last steps" if last else "initial weights"
    typer.echo(f"classifier: {settings.classifier.samples} sketches, {score}")


if __name__ == "__main__":
    typer.run(main)
