"""What a training takes: processor and wall time, over all processes that worked on it."""

import time
from pathlib import Path

from facepencil.records import Record, read_record

Seconds = dict[str, float]


class Stopwatch:
    """Counts from its making, and on top of what earlier processes had counted."""

    def __init__(self) -> None:
        """Start at nothing."""
        self._before: Seconds = {"cpu_seconds": 0.0, "wall_seconds": 0.0}
        self._begun = _now()

    def read(self) -> Seconds:
        """Seconds so far; those of the processor are the sum over its cores."""
        return {name: self._before[name] + now - self._begun[name] for name, now in _now().items()}

    def restore(self, before: Seconds) -> None:
        """Go on from what `read` gave when the state was saved."""
        self._before, self._begun = dict(before), _now()


def _now() -> Seconds:
    return {"cpu_seconds": time.process_time(), "wall_seconds": time.monotonic()}


class Cost(Record):
    """What one training took.

    Attributes:
        cpu_seconds: of all cores together.
        wall_seconds: from start to end, without the time between interrupted runs.
        photos: seen.
        threads: of the CPU.
        processor: what computed.
    """

    cpu_seconds: float
    wall_seconds: float
    photos: int
    threads: int
    processor: str

    @property
    def cpu_minutes(self) -> float:
        """Minutes of all cores together."""
        return self.cpu_seconds / 60

    @property
    def photos_per_second(self) -> float:
        """Photos seen a second of one core."""
        return self.photos / self.cpu_seconds if self.cpu_seconds else 0.0


def read_cost(path: Path) -> Cost:
    """The file that a training wrote. Raises as `read_record`."""
    return read_record(path, Cost, "the cost of a training")
