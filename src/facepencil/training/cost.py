"""What a training takes: processor and wall time, over all processes that worked on it."""

import time

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
