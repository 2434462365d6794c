"""What a job claims of a batch system: memory, minutes and GPUs, from figures that were measured.

The figures are those that Snakemake's `benchmark:` leaves in `logs/costs/`: `max_rss`, and
`cpu_time`, which other work on the machine hardly changes. docs/cluster.md says of which runs. A
claim is a multiple of them, and grows with every attempt, since a job that goes over it is killed.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

from pipeline import layout
from pipeline.graph import Job

MEMORY_FACTOR, TIME_FACTOR = 1.5, 4.0
"""Of what was measured: other allocators, slower cores and disks."""
LEAST_MB, LEAST_MIN = 500, 10
LONGEST_MIN = 24 * 60
"""No job asks for more than a day: a training that takes longer leaves, and goes on in another."""

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Claim:
    """What a job asks for: memory in MB, time in minutes, GPUs."""

    mem_mb: int
    runtime: int
    gpu: int


@dataclass(frozen=True)
class Figures:
    """What a stage took.

    Attributes:
        start_s: CPU seconds without any work.
        unit_s: CPU seconds more for each unit of work.
        memory_mb: peak of its resident memory, but for what grows with sizes.
        units: of work, by the params of a job and the number of photos that it reads.
        more_mb: what grows with sizes, by the params of a job.
        precision: the param that tells whether it computes on CUDA; None for a stage that never
            does.
    """

    start_s: float
    unit_s: float
    memory_mb: float
    units: Callable[[Values, int], float] = lambda values, photos: photos
    more_mb: Callable[[Values], float] = lambda values: 0
    precision: str | None = None


def claim(job: Job, shards: Sequence[int], attempt: int = 1) -> Claim:
    """What a job asks for when it is tried for the `attempt`-th time.

    Args:
        job: of any stage.
        shards: all of them; a job that is not of one shard reads them all.
        attempt: 1, 2, ...
    """
    known, values = MEASURED[job.stage], job.params
    photos = _photos(job, shards)
    seconds = known.start_s + known.unit_s * known.units(values, photos)
    memory = known.memory_mb + known.more_mb(values)
    return Claim(
        max(LEAST_MB, ceil(memory * MEMORY_FACTOR * attempt)),
        min(LONGEST_MIN, max(LEAST_MIN, ceil(seconds * TIME_FACTOR * attempt / 60))),
        int(known.precision is not None and values[known.precision] != "portable"),
    )


def _photos(job: Job, shards: Sequence[int]) -> int:
    """Photos that a job reads, as far as they are listed."""
    own = [int(job.options["shard"])] if "shard" in job.options else shards
    lists = [layout.photo_list(shard) for shard in own]
    return sum(_listed(path, path.stat().st_mtime_ns) if path.exists() else 0 for path in lists)


@cache
def _listed(path: Path, _changed: int) -> int:
    return len(json.loads(path.read_text())["photos"])


def _share(values: Values, key: str, usual: float) -> float:
    """How many times as many pixels a side has as that of the measured run."""
    return (float(values[key]) / usual) ** 2


def _sketching(values: Values, photos: int) -> float:
    """Photos, as long as they took at the measured sizes of HED and of the sketch."""
    return photos * max(_share(values, "sketch.hed_px", 192), _share(values, "sketch.size", 256))


def _training(values: Values, _: int) -> float:
    """Photos seen, as long as they took at 64 px and 24 channels."""
    wide = _share(values, "model.channels", 24)
    return sum(values["train.stages"]) * _share(values, "model.size", 64) * wide


def _training_mb(values: Values) -> float:
    """What a batch takes, and what weights, gradients and averages of the residual blocks take."""
    channels = float(values["model.channels"])
    photos = float(values["train.batch"]) * _share(values, "model.size", 64) * channels / 24
    inner = channels * 2 ** int(values["model.downs"]) / 192
    return 25 * photos + 13 * float(values["model.blocks"]) * inner**2


MEASURED = {
    "weights": Figures(4, 0, 190),
    "list": Figures(3, 0, 140),
    "download": Figures(2, 0.01, 100),
    "crop": Figures(2, 0.008, 100),
    "palette": Figures(7, 0.26, 650),
    "sketch": Figures(7, 0.26, 650, _sketching, precision="sketch.numerics"),
    "vectorize": Figures(2, 0.004, 110),
    "deform": Figures(2, 0.006, 90),
    "dataset": Figures(2, 0, 60),
    "preview": Figures(2, 0, 90),
    "classifier": Figures(
        *(7, 0.001, 730, lambda values, _: values["classifier.samples"]),
        precision="classifier.precision",
    ),
    "finder": Figures(
        *(6, 0.001, 760, lambda values, _: values["finder.samples"]),
        precision="finder.precision",
    ),
    "exemplars": Figures(2, 0.001, 110),
    "drawings": Figures(10, 0, 300),
    "train": Figures(7, 0.22, 900, _training, _training_mb, "train.precision"),
    "reference": Figures(20, 0.2, 1600, precision="evaluate.precision"),
    "evaluate": Figures(20, 1.0, 1400, precision="evaluate.precision"),
    "drawn": Figures(20, 0, 1100, precision="evaluate.precision"),
    "report": Figures(20, 0, 400),
}
