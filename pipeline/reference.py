"""Stage `reference`: what every painter is compared with, photos and those who are no models."""

from pathlib import Path
from typing import Annotated

import cv2
import typer

from facepencil.config.reading import read
from facepencil.data.face_set import FaceSet, open_faces
from facepencil.data.sets import read_face_list
from facepencil.data.testset import TestSet
from facepencil.device import prepare_device
from facepencil.evaluation.observers import load_networks
from facepencil.evaluation.painters import reference_painters
from facepencil.evaluation.photo_features import photo_features, write_reference
from facepencil.evaluation.photo_groups import group_photos
from facepencil.evaluation.record import ReferenceRows
from facepencil.evaluation.scores import Judge, evaluate
from facepencil.pretrained.face_mesh import FaceMesh
from facepencil.store import write_text
from facepencil.strokes.pen import Pen
from pipeline import layout
from pipeline.graph import find_job
from pipeline.launch import launch
from pipeline.reads import ReferenceReads


def training_faces(listed: Path, size: int) -> FaceSet:
    """The training faces that data/sets/train.json lists, at `size` px.

    Raises:
        ShardError: a shard is damaged, or is not the one that was listed.
    """
    faces = read_face_list(listed)
    shards = faces.face_shards, faces.drawn_shards
    return open_faces(*shards, faces.ids["train"], size, layout.PHOTOS)


def main(
    size: Annotated[int, typer.Option(min=1, help="side of the painted faces, px")],
    drawing: Annotated[str, typer.Option(help="folder of another way of drawing")] = "",
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Compute the features of the test photos at SIZE px, and score who is no model.

    These are other photos, the mean training face and the training face of the nearest sketch.
    Also groups the test photos by skin and pose. Reads the faces that data/sets/{test,train}.json
    list and data/weights; writes data/reference/SIZE.safetensors, results/reference/SIZE.json and
    results/groups/SIZE.json.
    """
    job = find_job(params, "reference", size=size, drawing=drawing)
    reads = read(params, ReferenceReads, job.variant)
    known = reads.evaluate
    cv2.setNumThreads(known.threads)
    device = prepare_device(known.threads, known.precision)
    test_list, train_list, *_ = job.inputs
    features_file, rows_file, groups_file = job.outputs
    pen = Pen(reads.sketch.size, size, reads.deform)
    judge = Judge(load_networks(layout.weights, known.inception, reads.crop, reads.sketch), device)
    faces = read_face_list(test_list)
    with TestSet(faces.ids["test"], faces.face_shards, faces.drawn_shards) as tests:
        features = photo_features(tests, judge, size, known)
        painters = reference_painters(tests, training_faces(train_list, size), pen)
        rows = [evaluate(one, judge, tests, features, known, drawing) for one in painters]
        write_reference(features_file, features, tests.photos_digest())
        write_text(rows_file, ReferenceRows(rows=rows).text())
        photos = ((name, tests.photos([name], reads.crop.size)[0]) for name in tests.ids)
        groups = group_photos(photos, FaceMesh(layout.weights("face_mesh.tflite")))
        write_text(groups_file, groups.text())
    names = ", ".join(row.variant for row in rows)
    return f"features of {len(tests.ids)} photos; scores of {names}"


if __name__ == "__main__":
    launch(main)
