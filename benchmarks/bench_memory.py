"""Memory of what a training reads at 2,000 and 200,000 photos: python -m benchmarks.bench_memory.

Strokes are made up, 3 kB a face in shards of 1,000; photos of 64 px are a file of zeros, without a
place on the disk. Each process opens them, reads 2,000 faces at random and tells its peak. The
reference is all of it in memory, as it was before.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from facepencil.data.photo_file import PhotoFile
from facepencil.data.stroke_files import StrokeFiles
from facepencil.strokes.strokes import Strokes, read_strokes, write_strokes

SHARD, SIZE, READ = 1000, 64, 2000
COUNTS = (2_000, 200_000)


def made_up(rng: np.random.Generator) -> Strokes:
    """Thirty strokes of three segments."""
    strokes, each = 30, 3
    points = rng.uniform(0, 512, (strokes * each * 2 + 1, 2)).astype(np.float32)
    segments = rng.integers(0, len(points), (strokes * each, 4)).astype(np.int32)
    starts = np.arange(0, strokes * each + 1, each, dtype=np.int32)
    return Strokes(points, segments, starts, np.zeros(strokes, np.uint8))


def make(folder: Path, count: int) -> None:
    """Write shards of strokes and a file of photos."""
    rng = np.random.default_rng(0)
    some = [made_up(rng) for _ in range(SHARD)]
    for shard in range(count // SHARD):
        names = [f"photo-{shard:04d}-{number:06d}-0a1b2c3d" for number in range(SHARD)]
        write_strokes(folder / f"{shard}.npz", dict(zip(names, some, strict=True)))
    with (folder / "photos.rgb").open("wb") as file:
        file.truncate(count * SIZE * SIZE * 3)


def peak_mb() -> float:
    """Of this process, until now."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def read_by_place(folder: Path, count: int) -> None:
    """As stages do now."""
    paths = sorted(folder.glob("*.npz"))
    ids = [name for path in paths for name in _ids(path)]
    strokes, photos = StrokeFiles(paths, ids), PhotoFile(folder / "photos.rgb", count, SIZE)
    for place in np.random.default_rng(1).integers(0, count, READ).tolist():
        _, _ = strokes[place], photos[place]


def _ids(path: Path) -> list[str]:
    with np.load(path) as file:
        return [str(name) for name in file["ids"]]


def read_whole(folder: Path, count: int) -> None:
    """As stages did before: `count` photos and strokes in memory."""
    every = {name: one for path in folder.glob("*.npz") for name, one in read_strokes(path).items()}
    data = (folder / "photos.rgb").read_bytes()
    assert len(every) == count and len(data) == count * SIZE * SIZE * 3


WAYS = {"by place": read_by_place, "whole": read_whole}


def main() -> None:
    """Make, then ask processes of their own."""
    if len(sys.argv) > 1:
        way, folder, count = sys.argv[1:]
        before, begun = peak_mb(), time.process_time()
        WAYS[way](Path(folder), int(count))
        seconds = time.process_time() - begun
        print(f"{way}, {count} photos: {peak_mb() - before:.0f} MB, {seconds:.1f} s CPU")
        return
    for count in COUNTS:
        with tempfile.TemporaryDirectory() as name:
            make(Path(name), count)
            for way in WAYS:
                command = [sys.executable, "-m", "benchmarks.bench_memory", way, name, str(count)]
                subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
