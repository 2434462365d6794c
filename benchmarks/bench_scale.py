"""Time and memory to plan 200,000 made-up photos in 64 shards: python -m benchmarks.bench_scale.

In a copy of the repository, every output up to the sets of faces is made up: archives with a member
a photo, each with the record of what it was made from. Then Snakemake plans what is left (training
and what follows), and DVC's plan is written. The reference is the same for 640 photos in 2 shards.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import chdir
from pathlib import Path

import yaml

from facepencil.config.params import Params, load_params
from facepencil.store import write_shard, write_text
from pipeline import layout
from pipeline.graph import Job, jobs
from pipeline.provenance import identify, record

ROOT = Path(__file__).parents[1]
SIZES = {"200,000 photos in 64 shards": (64, 3125), "640 photos in 2 shards": (2, 320)}
COMMANDS = {
    "snakemake --dry-run": [sys.executable, "-m", "snakemake", "--dry-run"],
    "python -m workflow.plan": [sys.executable, "-m", "workflow.plan"],
}
FIRST = ("weights", "list", "download", "crop", "sketch", "vectorize", "deform", "dataset")


def make_up(job: Job, photos: int) -> None:
    """Write outputs of a job that look like those of so many photos a shard, and their record."""
    for path in job.outputs:
        if path.suffix in (".zip", ".npz"):
            members = ((f"{number:06d}.png", b"made up") for number in range(photos))
            write_shard(path, members, {"ids": [f"{number:06d}" for number in range(photos)]})
        else:
            write_text(path, "made up\n" * photos)
    record(job, {str(path): identify(path) for path in job.inputs})


def lay_out(root: Path, shards: int, photos: int) -> None:
    """A tree with all data and no model."""
    for name in ("src", "pipeline", "workflow", "Snakefile", "profiles", "requirements.lock"):
        (root / name).symlink_to(ROOT / name)
    params = yaml.safe_load((ROOT / "presets/mini.yaml").read_text())
    (root / layout.PARAMS).write_text(yaml.safe_dump(params | {"shards": list(range(shards))}))
    with chdir(root):
        known: Params = load_params(layout.PARAMS)
        for job in jobs(known):
            if job.stage in FIRST:
                make_up(job, photos)


def measure(command: list[str], root: Path) -> str:
    """Wall seconds and peak memory of a command's largest process."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    code = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=False, " + (
        "stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    begun = time.perf_counter()
    wrapped = [sys.executable, "-c", code, *command]
    done = subprocess.run(wrapped, cwd=root, env=environment, check=True, capture_output=True)
    seconds = time.perf_counter() - begun
    return f"{seconds:.1f} s, {int(done.stdout) / 1024:.0f} MB"


def main() -> None:
    """Both sizes, each command twice; the second run is the usual one."""
    for name, (shards, photos) in SIZES.items():
        root = Path(tempfile.mkdtemp(prefix="scale-"))
        try:
            lay_out(root, shards, photos)
            for what, command in COMMANDS.items():
                measure(command, root)
                print(f"{what}, {name}: {measure(command, root)}", flush=True)
        finally:
            shutil.rmtree(root)


if __name__ == "__main__":
    main()
