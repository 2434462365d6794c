"""The sketch stage beside its bare edge network on the same photos, in turn, one core.

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

from facepencil.config import load_params
from facepencil.images import decode_png, resize
from facepencil.sketch.extract import Weights
from facepencil.sketch.hed import Hed, fastest_dtype, load_hed
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


def batches(path: Path, seen_px: int, batch: int) -> list[torch.Tensor]:
    """The photos of a shard as the network takes them."""
    with Shard(path) as faces:
        seen = [resize(decode_png(faces.read(name)), seen_px) for name in faces.names]
    tensor = torch.from_numpy(np.stack(seen)).permute(0, 3, 1, 2).float()
    return list(torch.split(tensor, batch))


def seconds(work: Callable[[], object]) -> float:
    """Processor time of `work`, which other jobs of the machine do not count in."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def main() -> None:
    """Print both rates."""
    cv2.setNumThreads(1)
    params = load_params(layout.PARAMS).sketch
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_num_threads(params.threads)
    network = load_hed(layout.weights("hed.h5")).to(device, fastest_dtype(device))
    with tempfile.TemporaryDirectory() as name, torch.inference_mode():
        folder = Path(name)
        count = subset(int(sys.argv[1]) if len(sys.argv) > 1 else 200, folder / "faces.zip")
        ready = batches(folder / "faces.zip", params.hed_px, params.batch)
        rounds = [
            (
                seconds(lambda: run_all(network, ready, device)),
                seconds(
                    lambda: sketch_shard(
                        folder / "faces.zip",
                        Weights(*map(layout.weights, FILES)),
                        folder / "sketches.zip",
                        folder / "sheet.png",
                        params,
                    )
                ),
            )
            for _ in range(ROUNDS)
        ]
    bare, stage = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"{count} photos, {params.method}, HED at {params.hed_px} px as {fastest_dtype(device)}")
    print(f"bare network {count / bare:.2f} images/s, stage {count / stage:.2f} images/s")
    print(f"the stage runs at {bare / stage:.0%} of the network's rate, weights' loading included")


def run_all(network: Hed, ready: list[torch.Tensor], device: torch.device) -> None:
    """The network on every batch."""
    for batch in ready:
        network(batch.to(device)).cpu()


if __name__ == "__main__":
    main()
