"""What two metrics cost the training: told to a tracker whose server is deaf, and to MLflow itself.

python -m benchmarks.bench_tracking: the tracker's server takes connections and never answers;
MLflow writes to a database in a file, without a network. One process, other threads asleep.
"""

import os
import socket
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric

from facepencil.tracking.run import Tracker

CALLS = 2000
REFERENCE_CALLS = 200


def milliseconds(call: Callable[[int], None], count: int) -> list[float]:
    """What each of `count` calls took, sorted; a call is told its number."""
    times = []
    for number in range(count):
        begun = time.perf_counter()
        call(number)
        times.append(1000 * (time.perf_counter() - begun))
    return sorted(times)


def by_tracker(folder: Path) -> tuple[list[float], float]:
    """Milliseconds a call, and seconds that the end of the run took."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        os.environ["MLFLOW_TRACKING_URI"] = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        tags = {"fingerprint": "bench"}
        with Tracker.start("bench", "deaf", {}, tags, folder / "spool") as run:
            times = milliseconds(lambda n: run.metrics({"a": 1.0, "b": 2.0}, n), CALLS)
            begun = time.perf_counter()
        return times, time.perf_counter() - begun


def by_mlflow(folder: Path) -> list[float]:
    """Milliseconds a call of the client, its database made beforehand."""
    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    run = client.create_run(client.create_experiment("bench")).info.run_id

    def log(number: int) -> None:
        now = time.time_ns() // 1_000_000
        client.log_batch(run, [Metric("a", 1.0, now, number), Metric("b", 2.0, now, number)])

    return milliseconds(log, REFERENCE_CALLS)


def main() -> None:
    """Print a row for each."""
    os.environ |= {"MLFLOW_HTTP_REQUEST_TIMEOUT": "3", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
    with tempfile.TemporaryDirectory() as folder:
        theirs = by_mlflow(Path(folder))
        ours, leaving = by_tracker(Path(folder))
    print(f"{'':32}{'median ms':>10}{'99 % ms':>10}")
    for name, times in (("MLflow, database in a file", theirs), ("tracker, deaf server", ours)):
        print(f"{name:32}{statistics.median(times):10.3f}{times[int(0.99 * len(times))]:10.3f}")
    print(f"end of a run whose server is deaf: {leaving:.1f} s")


if __name__ == "__main__":
    main()
