"""Data stages as jobs: two cores against one, and memory against the number of photos.

python -m benchmarks.bench_stages [photos]: wants data/raw and data/weights of a finished run.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from facepencil.store import Shard, write_shard

ROOT = Path(__file__).parent.parent
ROUNDS = 3
STAGES = ("crop", "sketch", "vectorize", "deform")


def project(photos: int, shards: int, folder: Path) -> Path:
    """A folder with `shards` raw shards of the same photos and links to code and weights."""
    for name in ("pipeline", "src", "params.yaml"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "data").mkdir()
    (folder / "data/weights").symlink_to(ROOT / "data/weights")
    with Shard(ROOT / "data/raw/0.zip") as raw:
        entries = raw.index["photos"]
        repeated = [dict(entries[i % len(entries)], id=f"{i:06d}") for i in range(photos)]
        for shard in range(shards):
            mine = repeated[shard::shards]
            members = ((f"{e['id']}{Path(e['file']).suffix}", raw.read(e["file"])) for e in mine)
            renamed = [dict(e, file=f"{e['id']}{Path(e['file']).suffix}") for e in mine]
            index = {**raw.index, "photos": renamed}
            write_shard(folder / f"data/raw/{shard}.zip", members, index)
    return folder


def run(folder: Path, shard: int, core: int, stages: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    """The stages one after the other, pinned to one core."""
    line = " && ".join(f"python -m pipeline.{stage} --shard {shard}" for stage in stages)
    return subprocess.Popen(
        ["taskset", "-c", str(core), "bash", "-c", line],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def finish(process: "subprocess.Popen[bytes]") -> int:
    """Wait; the peak resident memory of the process and its children, KiB."""
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, "a stage failed"
    return usage.ru_maxrss


def speed_up(photos: int) -> None:
    """Crop and sketch over two shards: both on one core, then one on each core, in turn."""
    ratios = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as name:
            folder = project(photos, 2, Path(name))
            begun = time.perf_counter()
            for shard in (0, 1):
                finish(run(folder, shard, 0, STAGES[:2]))
            one = time.perf_counter() - begun
            begun = time.perf_counter()
            for process in [run(folder, shard, shard, STAGES[:2]) for shard in (0, 1)]:
                finish(process)
            ratios.append(one / (time.perf_counter() - begun))
    print(f"crop + sketch, 2 cores against 1, {photos} photos: {statistics.median(ratios):.2f} x")


def memory(photos: int) -> None:
    """Peak memory of each stage at so many photos and at four times as many."""
    for stage, before in zip(STAGES, [(), *(STAGES[:i] for i in (1, 2, 3))], strict=True):
        peaks = []
        for count in (photos, 4 * photos):
            with tempfile.TemporaryDirectory() as name:
                folder = project(count, 1, Path(name))
                if before:
                    finish(run(folder, 0, 0, before))
                peaks.append(finish(run(folder, 0, 0, (stage,))) / 1024)
        print(
            f"{stage}: peak {peaks[0]:.0f} MB at {photos} photos, {peaks[1]:.0f} MB at {4 * photos}"
        )


def main() -> None:
    """Both measurements."""
    photos = int(sys.argv[1]) if len(sys.argv) > 1 else 32
    if shutil.which("taskset") is None or not (ROOT / "data/raw/0.zip").exists():
        raise SystemExit("bench_stages: needs taskset and data/raw/0.zip (make reproduce)")
    speed_up(4 * photos)
    memory(photos)


if __name__ == "__main__":
    main()
