"""Cost of a photo at each stage from list to deform: python -m benchmarks.bench_photos N SHARDS PX.

Makes N photos as a user would have them, in a folder a person: each photo of `celeba-mini` again
and again, every time turned, scaled, coloured, mirrored and compressed otherwise. Then runs each
stage shard by shard, one process at a time, and prints CPU seconds, wall seconds, peak memory and
bytes. Goes on where it was stopped: FOLDER (the fourth argument) keeps everything.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml

from facepencil.images import Image
from facepencil.seeds import rng_of
from facepencil.store import Shard

ROOT = Path(__file__).parents[1]
WEIGHTS = ("yunet.onnx", "hed.h5", "face_mesh.tflite", "person_mask.tflite")
STAGES = ("download", "crop", "sketch", "vectorize", "deform")
OUTPUTS = {"download": "raw", "crop": "faces", "sketch": "sketches", "vectorize": "strokes"}
COSTS = Path("costs.jsonl")


def perturbed(photo: Image, name: str) -> bytes:
    """JPEG of the photo with a small turn, scale and shift, other colours, perhaps mirrored."""
    rng = rng_of("bench", name)
    height, width = photo.shape[:2]
    angle, scale = rng.uniform(-8, 8), rng.uniform(0.92, 1.08)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, scale)
    turn[:, 2] += rng.uniform(-6, 6, 2)
    moved = cv2.warpAffine(photo, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    mirrored = moved[:, :: rng.choice([-1, 1])].astype(np.float32)
    coloured = mirrored * rng.uniform(0.8, 1.2, 3) + rng.uniform(-15, 15)
    pixels = np.clip(coloured, 0, 255).astype(np.uint8)
    done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(75, 95))])
    assert done
    return data.tobytes()


def make_photos(folder: Path, count: int) -> None:
    """Write `count` photos below `folder`, a folder for every photo of celeba-mini."""
    sources = list(_sources())
    for number in range(count):
        person, photo = sources[number % len(sources)]
        path = folder / person / f"{number // len(sources):04d}.jpg"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(perturbed(photo, f"{person}/{number}"))


def _sources() -> Iterator[tuple[str, Image]]:
    for shard in (0, 1):
        run("download", shard=shard)
        with Shard(Path(f"data/raw/{shard}.zip")) as raw:
            for entry in raw.index["photos"]:
                data = np.frombuffer(raw.read(entry["file"]), np.uint8)
                yield entry["id"], cv2.imdecode(data, cv2.IMREAD_COLOR)


def params(**download: str) -> dict[str, Any]:
    """The usual params, with another source of photos."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "presets/mini.yaml").read_text())
    return found | {"download": found["download"] | download}


def lay_out(count: int, shards: int, px: int) -> None:
    """Code, weights, photos and params in the working directory."""
    for name in ("src", "pipeline", "requirements.lock"):
        if not Path(name).exists():
            Path(name).symlink_to(ROOT / name)
    Path("params.yaml").write_text(yaml.safe_dump(params()))
    for file in WEIGHTS:
        run("weights", file=file)
    if len(list(Path("photos").glob("*/*.jpg"))) < count:
        run("list")
        make_photos(Path("photos"), count)
    own = params(source="folder", folder="photos")
    own |= {"shards": list(range(shards)), "split": {**own["split"], "group": "folder"}}
    for section, key, side in (
        ("crop", "size", px),
        ("sketch", "size", px),
        ("sketch", "hed_px", min(px, 192)),
    ):
        own[section][key] = side
    Path("params.yaml").write_text(yaml.safe_dump(own))


def run(stage: str, **options: int | str) -> dict[str, float]:
    """Run one job; returns CPU and wall seconds and peak memory, MB."""
    begun = time.perf_counter()
    # A process of its own asks: a child's peak is at least what its parent held when it began.
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss)"
    )
    words = [f"--{name}={value}" for name, value in options.items()]
    done = subprocess.run(
        [sys.executable, "-c", code, sys.executable, "-m", f"pipeline.{stage}", *words],
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        capture_output=True,
        text=True,
        check=True,
    )
    cpu, kib = done.stdout.split()
    wall = time.perf_counter() - begun
    return {"cpu": float(cpu), "wall": wall, "mb": int(kib) / 1024}


def measure(shards: int) -> None:
    """Run what was not run yet, and note what each job took."""
    known = [json.loads(line) for line in COSTS.read_text().splitlines()] if COSTS.exists() else []
    done = {(one["stage"], one["shard"]) for one in known}
    todo: list[tuple[str, int | None]] = [("list", None)]
    todo += [(stage, shard) for shard in range(shards) for stage in STAGES]
    for stage, shard in todo:
        if (stage, shard) in done:
            continue
        cost = run(stage, **({} if shard is None else {"shard": shard}))
        with COSTS.open("a") as file:
            file.write(json.dumps({"stage": stage, "shard": shard, **cost}) + "\n")


def report(count: int) -> None:
    """A line a stage: what a photo costs."""
    every = [json.loads(line) for line in COSTS.read_text().splitlines()]
    for stage in ("list", *STAGES):
        jobs = [one for one in every if one["stage"] == stage]
        cpu, wall = (sum(one[key] for one in jobs) for key in ("cpu", "wall"))
        folder = Path("data") / OUTPUTS.get(
            stage, {"list": "lists", "deform": "deformed"}.get(stage, "")
        )
        size = sum(path.stat().st_size for path in folder.iterdir() if path.suffix != ".tmp")
        print(
            f"{stage}: {1000 * cpu / count:.1f} ms CPU, {1000 * wall / count:.1f} ms wall and "
            f"{size / count / 1000:.2f} kB a photo; peak {max(one['mb'] for one in jobs):.0f} MB, "
            f"smallest job {min(one['mb'] for one in jobs):.0f} MB"
        )


def main() -> None:
    """Make, run, report."""
    count, shards, px = (int(word) for word in sys.argv[1:4])
    folder = Path(sys.argv[4])
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    lay_out(count, shards, px)
    measure(shards)
    report(count)


if __name__ == "__main__":
    main()
