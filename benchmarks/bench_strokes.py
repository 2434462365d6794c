"""Vectoriser beside AutoTrace on 100 real sketches, in turn; deformations drawn per second.

python -m benchmarks.bench_strokes: wants data/sketches of a finished run. One core.
"""

import itertools
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from autotrace import Bitmap, TraceOptions
from numpy.typing import NDArray

from facepencil.config.vectorize import VectorizeParams
from facepencil.images import Image, decode_png
from facepencil.seeds import rng_of
from facepencil.store import Shard
from facepencil.strokes.deform import deform
from facepencil.strokes.raster import rasterize
from facepencil.strokes.strokes import Strokes
from facepencil.strokes.vectorize import vectorize

Result = TypeVar("Result")

SKETCHES = 100
ROUNDS = 3


def sketches() -> list[Image]:
    """The first sketches of every shard in turn."""
    found = []
    for path in sorted(Path("data/sketches").glob("[0-9]*.zip")):
        with Shard(path) as shard:
            found.append([decode_png(shard.read(name)) for name in shard.names[:SKETCHES]])
    turns = itertools.zip_longest(*found)
    kept = [s for s in itertools.chain.from_iterable(turns) if s is not None][:SKETCHES]
    if not kept:
        raise SystemExit("data/sketches: no sketches; run `make reproduce` first")
    return kept


def autotrace_segments(sketch: Image) -> int:
    """Segments that AutoTrace's centreline mode finds, as the paper uses it."""
    options = TraceOptions(centerline=True, background_color=(255, 255, 255))
    rgb = np.repeat(sketch[:, :, None], 3, axis=2)
    return sum(len(path.splines) for path in Bitmap(rgb).trace(options=options).paths)


def quickest(call: Callable[[], Result]) -> tuple[float, Result]:
    """Shortest of a few calls in milliseconds, and the last one's result."""
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        result = call()
        times.append(1000 * (time.perf_counter() - begun))
    return min(times), result


def apart(sketch: Image, strokes: Strokes) -> tuple[float, float]:
    """Mean distance of the strokes' pixels from the sketch's, and back, px."""
    drawn = rasterize(strokes.points, strokes.segments, len(sketch)) > 0
    lines = sketch < 128
    return _from(drawn, lines), _from(lines, drawn)


def _from(these: NDArray[np.bool_], those: NDArray[np.bool_]) -> float:
    paper = (~those).astype(np.uint8)
    return float(cv2.distanceTransform(paper, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[these].mean())


def deformations_a_second(kept: list[Strokes], size: int) -> float:
    """Sketches deformed at d = 11 and drawn, seeding included."""

    def draw() -> None:
        for i, strokes in enumerate(kept):
            points = deform(strokes, 11, 1, rng_of(0, "bench", i))
            rasterize(points, strokes.segments, size)

    return 1000 * len(kept) / quickest(draw)[0]


def main() -> None:
    """Print both tables."""
    cv2.setNumThreads(1)
    images, how = sketches(), VectorizeParams()
    theirs, ours = [], []
    for image in images:
        theirs.append(quickest(partial(autotrace_segments, image)))
        ours.append(quickest(partial(vectorize, image, how.tolerance_px, how.min_length_px)))
    there, back = zip(*(apart(i, s) for i, (_, s) in zip(images, ours, strict=True)), strict=True)
    slow, fast = (statistics.median(ms for ms, _ in rows) for rows in (theirs, ours))
    counts = sum(n for _, n in theirs), sum(len(s.segments) for _, s in ours)
    print(f"{len(images)} sketches of {len(images[0])} px, one core, medians")
    print(f"{'':12}{'ms a sketch':>12}{'segments':>10}")
    print(f"{'AutoTrace':12}{slow:12.1f}{counts[0] / len(images):10.1f}")
    print(f"{'FacePencil':12}{fast:12.1f}{counts[1] / len(images):10.1f}")
    print(f"speed {slow / fast:.1f} x, segments {counts[1] / counts[0]:.2f} x")
    print(f"mean distance, px: strokes to sketch {max(there):.2f}, back {max(back):.2f} at worst")
    rate = deformations_a_second([s for _, s in ours], len(images[0]))
    print(f"deform and rasterise: {rate:.0f} sketches a second")


if __name__ == "__main__":
    main()
