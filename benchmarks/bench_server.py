"""Memory of the drawing server over 10,000 requests: python -m benchmarks.bench_server.

Drawings to paint and to compare, and every hundredth time a picture to trace, each another one. The
reference is the memory after the first tenth.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import httpx2
import numpy as np
import psutil

from tests.serving.test_api import shifted
from tests.serving.test_http_server import serving

REQUESTS, LOOKS = 10_000, 10
PICTURE_EVERY = 100


def requests() -> Iterator[tuple[str, bytes, str]]:
    """Routes, bodies and their types."""
    rng = np.random.default_rng(0)
    for number in range(REQUESTS):
        if number % PICTURE_EVERY == 0:
            picture = np.full((256, 256), 255, np.uint8)
            points = rng.integers(20, 236, (12, 1, 2)).astype(np.int32)
            cv2.polylines(picture, [points], isClosed=False, color=0, thickness=2)
            yield "sketch?kind=drawing", cv2.imencode(".png", picture)[1].tobytes(), "image/png"
        else:
            strokes = shifted(*rng.uniform(-60, 60, 2).tolist())
            route = "paint" if number % 2 else "nearest"
            yield route, json.dumps({"strokes": strokes}).encode(), "application/json"


def memory_mb(process: psutil.Process) -> float:
    """Of a process and those that it started."""
    every = [process, *process.children(recursive=True)]
    return sum(one.memory_info().rss for one in every) / 1e6


def main() -> None:
    """Send one after the other, and print the memory ten times."""
    with TemporaryDirectory() as folder, serving(Path(folder)) as (process, port, _):
        server = psutil.Process(process.pid)
        with httpx2.Client(trust_env=False, timeout=60) as client:
            for number, (route, body, kind) in enumerate(requests(), 1):
                url = f"http://127.0.0.1:{port}/api/{route}"
                answer = client.post(url, content=body, headers={"Content-Type": kind})
                answer.raise_for_status()
                if number % (REQUESTS // LOOKS) == 0:
                    sys.stdout.write(f"after {number} requests: {memory_mb(server):.0f} MB\n")
                    sys.stdout.flush()


if __name__ == "__main__":
    main()
