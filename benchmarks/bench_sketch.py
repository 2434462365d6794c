"""The sketch stage beside its bare networks on the same photos, in turn, one core.

python -m benchmarks.bench_sketch [photos]: wants data/faces and data/weights of a finished run.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch

from facepencil.config.params import load_params
from facepencil.config.sketch import SketchParams
from facepencil.images import Image, decode_png, resize
from facepencil.pretrained.face_mesh import FaceMesh
from facepencil.pretrained.hed import fastest_dtype, load_hed
from facepencil.pretrained.person_mask import PersonMask
from facepencil.sketch.extract import SketchWeights
from facepencil.store import Shard, write_shard
from pipeline import layout
from pipeline.sketch import sketch_shard

ROUNDS = 3
FILES = ("hed.h5", "face_mesh.tflite", "person_mask.tflite")


def subset(photos: int, path: Path) -> int:
    """Write a shard of the first faces; returns how many there were."""
    with Shard(layout.faces(0)) as faces:
        entries = faces.index["faces"][:photos]
        members = ((f"{entry['id']}.png", faces.read(f"{entry['id']}.png")) for entry in entries)
        write_shard(path, members, {**faces.index, "faces": entries})
    return len(entries)


def photos_of(path: Path) -> list[Image]:
    """The photos of a shard, decoded."""
    with Shard(path) as faces:
        return [decode_png(faces.read(name)) for name in faces.names]


def batches(photos: list[Image], seen_px: int, batch: int) -> list[torch.Tensor]:
    """Photos as the edge network takes them."""
    seen = np.stack([resize(photo, seen_px) for photo in photos])
    return list(torch.split(torch.from_numpy(seen).permute(0, 3, 1, 2).float(), batch))


def seconds(work: Callable[[], object]) -> float:
    """Processor time of `work`, which other jobs of the machine do not count in."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def compare(folder: Path, params: SketchParams) -> list[tuple[float, float, float]]:
    """Seconds of HED, of the two small networks and of the stage, in turn, some rounds."""
    weights = SketchWeights(*map(layout.weights, FILES))
    photos = photos_of(folder / "faces.zip")
    ready = batches(photos, params.hed_px, params.batch)
    cpu = torch.device("cpu")
    network = load_hed(weights.hed).to(cpu, fastest_dtype(cpu))
    mesh, person = FaceMesh(weights.mesh), PersonMask(weights.person)
    out = folder / "sketches.zip"
    return [
        (
            seconds(lambda: [network(batch) for batch in ready]),
            seconds(lambda: [(mesh(photo), person(photo)) for photo in photos]),
            seconds(lambda: sketch_shard(folder / "faces.zip", weights, out, params)),
        )
        for _ in range(ROUNDS)
    ]


def main() -> None:
    """Print the rates."""
    cv2.setNumThreads(1)
    params = load_params(layout.PARAMS).sketch
    torch.set_num_threads(params.threads)
    with tempfile.TemporaryDirectory() as name, torch.inference_mode():
        count = subset(int(sys.argv[1]) if len(sys.argv) > 1 else 200, Path(name) / "faces.zip")
        rounds = compare(Path(name), params)
    hed, small, stage = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"{count} photos, {params.method}, HED at {params.hed_px} px, {params.threads} thread")
    print(f"{count / hed:.2f} images/s HED, {count / (hed + small):.2f} with mesh and mask")
    print(f"{count / stage:.2f} images/s the stage, loading of weights included")
    print(f"{hed / stage:.0%} of HED's rate, {(hed + small) / stage:.0%} of all three networks'")


if __name__ == "__main__":
    main()
