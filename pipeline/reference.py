"""Stage `reference`: features of the real test photos, which every painter is compared with."""

from pathlib import Path
from typing import Annotated

import typer

from facepencil.config.reading import read
from facepencil.data.sets import read_face_list
from facepencil.data.testset import TestSet
from facepencil.device import prepare_device
from facepencil.evaluation.metrics import feature_networks, load_networks
from facepencil.evaluation.photo_features import photo_features, write_reference
from pipeline import layout
from pipeline.graph import find_job
from pipeline.launch import launch
from pipeline.reads import ReferenceReads


def main(
    size: Annotated[int, typer.Option(min=1, help="side of the painted faces, px")],
    drawing: Annotated[str, typer.Option(help="folder of another way of drawing")] = "",
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Compute the features of the test photos at SIZE px.

    Reads the faces that data/sets/test.json lists and data/weights, writes
    data/reference/SIZE.safetensors.
    """
    job = find_job(params, "reference", size=size, drawing=drawing)
    known = read(params, ReferenceReads, job.variant).evaluate
    device = prepare_device(known.threads, known.precision)
    faces = read_face_list(job.inputs[0])
    networks = feature_networks(load_networks(layout.weights, known.inception))
    for network in networks.values():
        network.to(device)
    with TestSet(faces.ids["test"], faces.face_shards, faces.drawn_shards) as tests:
        features = photo_features(tests, networks, size, known.batch, device)
        write_reference(job.outputs[0], features, tests.photos_digest())
    return f"features of {len(tests.ids)} photos"


if __name__ == "__main__":
    launch(main)
