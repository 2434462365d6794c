"""How long either engine takes to find nothing to do, with 200,000 made-up photos in 200 shards.

python -m benchmarks.bench_scale: in a copy of the repository every output is made up, archives with
a member a photo, each with the record of what it was made from. Then DVC is told of it, and both
engines are asked. The reference is the same for 2,000 photos in 2 shards.
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
SIZES = ((2, 1000), (200, 1000))
"""Shards, and photos in each."""
COMMANDS = (
    ("python -m workflow.sync, the first", [sys.executable, "-m", "workflow.sync"]),
    ("python -m workflow.sync, again", [sys.executable, "-m", "workflow.sync"]),
    ("snakemake --dry-run", [sys.executable, "-m", "snakemake", "--dry-run"]),
    ("dvc status", [sys.executable, "-m", "dvc", "status"]),
    ("dvc repro", [sys.executable, "-m", "dvc", "repro"]),
)
COPIED = ("src", "pipeline", "workflow", "profiles", "drawings", ".dvc", "Snakefile")
COPIED_TOO = ("requirements.lock", ".dvcignore", ".gitignore")


def make_up(job: Job, photos: int) -> None:
    """Write outputs of a job that look like those of so many photos a shard, and their record."""
    for path in job.outputs:
        if path.suffix in (".zip", ".npz"):
            members = (
                (f"{number:06d}.png", f"{path} {number}".encode()) for number in range(photos)
            )
            write_shard(path, members, {"ids": [f"{number:06d}" for number in range(photos)]})
        else:
            write_text(path, f"{path}, made up\n" * 10)
    record(job, {str(path): identify(path) for path in job.inputs})


def lay_out(root: Path, shards: int, photos: int) -> int:
    """A finished tree; returns how many jobs it has."""
    for name in (*COPIED, *COPIED_TOO):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, root / name)
    params = yaml.safe_load((ROOT / "presets/mini.yaml").read_text())
    (root / layout.PARAMS).write_text(yaml.safe_dump(params | {"shards": list(range(shards))}))
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    with chdir(root):
        known: Params = load_params(layout.PARAMS)
        for job in jobs(known):
            make_up(job, photos)
    return len(jobs(known))


def measure(command: list[str], root: Path) -> str:
    """Wall and CPU seconds of a command and its children, and peak memory of the largest."""
    environment = os.environ | {"PYTHONPATH": f"{root / 'src'}:{root}"}
    code = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, " + (
        "stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss)"
    )
    begun = time.perf_counter()
    wrapped = [sys.executable, "-c", code, *command]
    done = subprocess.run(wrapped, cwd=root, env=environment, check=True, capture_output=True)
    seconds = time.perf_counter() - begun
    cpu, kib = done.stdout.split()
    return f"{seconds:.1f} s, {float(cpu):.1f} s CPU, {int(kib) / 1024:.0f} MB"


def main() -> None:
    """Both sizes, each command in turn."""
    for shards, photos in SIZES:
        root = Path(tempfile.mkdtemp(prefix="scale-"))
        try:
            count = lay_out(root, shards, photos)
            print(f"{shards * photos} photos in {shards} shards, {count} jobs", flush=True)
            for what, command in COMMANDS:
                print(f"  {what}: {measure(command, root)}", flush=True)
        finally:
            shutil.rmtree(root)


if __name__ == "__main__":
    main()
