"""The sketch stage beside its bare networks at the same numerics, portable and fast, one core.

python -m benchmarks.bench_sketch [photos]: wants data/faces and data/weights of a finished run.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2

from facepencil.config.params import load_params
from facepencil.config.sketch import SketchParams
from facepencil.images import Image, decode_png
from facepencil.pretrained.face_mesh import FaceMesh
from facepencil.pretrained.person_mask import PersonMask
from facepencil.sketch.extract import SketchWeights, edge_finder
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


def seconds(work: Callable[[], object]) -> float:
    """Processor time of `work`, which other jobs of the machine do not count in."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def compare(folder: Path, params: SketchParams) -> list[tuple[float, float, float]]:
    """Seconds of HED, of the two small networks and of the stage, in turn, some rounds."""
    weights = SketchWeights(*map(layout.weights, FILES))
    photos = photos_of(folder / "faces.zip")
    edges = edge_finder(params, weights.hed)
    mesh, person = FaceMesh(weights.mesh), PersonMask(weights.person)
    out = folder / "sketches.zip"
    return [
        (
            seconds(lambda: edges(photos)),
            seconds(lambda: [(mesh(photo), person(photo)) for photo in photos]),
            seconds(lambda: sketch_shard(folder / "faces.zip", weights, out, params)),
        )
        for _ in range(ROUNDS)
    ]


def report(count: int, rounds: list[tuple[float, float, float]], params: SketchParams) -> None:
    """Print the rates at one numerics."""
    hed, small, stage = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"{params.numerics}: {count} photos, {params.method}, HED at {params.hed_px} px, 1 core")
    print(f"  {count / hed:.2f} images/s HED, {count / (hed + small):.2f} with mesh and mask")
    print(f"  {count / stage:.2f} images/s the stage, loading of weights included")
    print(f"  {hed / stage:.0%} of HED's rate, {(hed + small) / stage:.0%} of all three networks'")


def main() -> None:
    """Measure both numerics."""
    cv2.setNumThreads(1)
    base = load_params(layout.PARAMS).sketch
    with tempfile.TemporaryDirectory() as name:
        count = subset(int(sys.argv[1]) if len(sys.argv) > 1 else 200, Path(name) / "faces.zip")
        for numerics in ("portable", "fast"):
            params = base.model_copy(update={"numerics": numerics, "threads": 1})
            report(count, compare(Path(name), params), params)


if __name__ == "__main__":
    main()
