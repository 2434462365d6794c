"""Eight people at once, and memory over 10,000 requests: python -m benchmarks.bench_server.

The eight draw as fast as they get faces; one of them alone is the reference. Then come drawings to
paint and to compare, each another one, and every hundredth time a picture to trace, of ten sizes,
beside the memory after the first tenth.
"""

import json
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import numpy as np
import psutil

from facepencil.images import encode_png
from tests.serving.test_api import shifted
from tests.serving.test_drawing import doodle
from tests.serving.test_http_server import serving, wait_for_export

REQUESTS, LOOKS = 10_000, 10
PICTURE_EVERY = 100
PEOPLE, FACES = 8, 25


def requests() -> Iterator[tuple[str, bytes, str]]:
    """Routes, bodies and their types."""
    rng = np.random.default_rng(0)
    for number in range(REQUESTS):
        if number % PICTURE_EVERY == 0:
            picture = doodle(side=400 + number // PICTURE_EVERY % LOOKS)
            yield "sketch?kind=drawing", encode_png(picture), "image/png"
        else:
            strokes = shifted(*rng.uniform(-60, 60, 2).tolist())
            route = "paint" if number % 2 else "nearest"
            yield route, json.dumps({"strokes": strokes}).encode(), "application/json"


def waits_ms(port: int, person: int) -> list[float]:
    """What one person waits for each of some faces."""
    found = []
    with httpx2.Client(trust_env=False, timeout=60) as client:
        for number in range(FACES):
            body = {"strokes": shifted(float(person), float(number))}
            begun = time.perf_counter()
            client.post(f"http://127.0.0.1:{port}/api/paint", json=body).raise_for_status()
            found.append((time.perf_counter() - begun) * 1e3)
    return found


def report_waits(port: int) -> None:
    """Print what one person waits, and what eight of them do."""
    waits_ms(port, 0)
    for people in (1, PEOPLE):
        with ThreadPoolExecutor(people) as pool:
            each = pool.map(lambda person: waits_ms(port, person), range(people))
            found = list(chain.from_iterable(each))
        sys.stdout.write(
            f"{people} at once: median {statistics.median(found):.0f} ms, "
            f"longest {max(found):.0f} ms, {len(found)} faces\n"
        )


def memory_mb(process: psutil.Process) -> float:
    """Of a process and those that it started."""
    every = [process, *process.children(recursive=True)]
    return sum(one.memory_info().rss for one in every) / 1e6


def report_memory(process: psutil.Process, port: int) -> None:
    """Send one request after the other, and print the memory ten times."""
    with httpx2.Client(trust_env=False, timeout=60) as client:
        for number, (route, body, kind) in enumerate(requests(), 1):
            url = f"http://127.0.0.1:{port}/api/{route}"
            answer = client.post(url, content=body, headers={"Content-Type": kind})
            answer.raise_for_status()
            if number % (REQUESTS // LOOKS) == 0:
                sys.stdout.write(f"after {number} requests: {memory_mb(process):.0f} MB\n")
                sys.stdout.flush()


def main() -> None:
    """Start the server in an empty folder, and ask."""
    with TemporaryDirectory() as folder, serving(Path(folder)) as (process, port, _):
        wait_for_export(port)
        report_waits(port)
        report_memory(psutil.Process(process.pid), port)


if __name__ == "__main__":
    main()
