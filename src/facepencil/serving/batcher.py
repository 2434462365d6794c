"""One thread paints what waits, up to a few drawings at a time."""

import queue
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from facepencil.images import Image
from facepencil.serving.served_models import ServedModel

AT_ONCE = 8
"""Most drawings that are taken at once, and that torch paints in one forward pass."""


@dataclass(frozen=True, eq=False)
class _Job:
    model: ServedModel
    sketch: NDArray[np.float32]
    told: Tensor | None
    face: Future[Image] = field(default_factory=Future)


class Batcher:
    """Paints drawings in the order in which they come."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="painter", daemon=True)
        self._thread.start()

    def submit(
        self, model: ServedModel, sketch: NDArray[np.float32], told: Tensor | None = None
    ) -> Future[Image]:
        """The face (S, S, 3) that `model` paints of a sketch (S, S), stroke 1 and paper 0.

        `told` (1, T) is what `tell_wishes` gives.
        """
        job = _Job(model, sketch, told)
        self._jobs.put(job)
        return job.face

    def waiting(self) -> int:
        """Drawings that are not begun."""
        return self._jobs.qsize()

    def works(self) -> bool:
        """Whether the thread lives."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Paint what waits, then end."""
        self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        # Two threads that spin beside other load take many times as long as one.
        torch.set_num_threads(1)
        open_ = True
        while open_:
            jobs = self._taken()
            open_ = None not in jobs
            for group in _groups(job for job in jobs if job):
                _paint(group)

    def _taken(self) -> list[_Job | None]:
        """The first job that comes, and what waits behind it."""
        jobs = [self._jobs.get()]
        while len(jobs) < AT_ONCE and jobs[-1] is not None:
            try:
                jobs.append(self._jobs.get_nowait())
            except queue.Empty:
                break
        return jobs


def _groups(jobs: Iterable[_Job]) -> list[list[_Job]]:
    """Those of one model together; one by one where it is not torch that paints."""
    groups: dict[object, list[_Job]] = {}
    for job in jobs:
        key = job.model.entry.name if job.model.quick is None else job
        groups.setdefault(key, []).append(job)
    return list(groups.values())


def _paint(jobs: list[_Job]) -> None:
    try:
        told = [job.told for job in jobs if job.told is not None]
        sketches = np.stack([job.sketch for job in jobs])
        faces = jobs[0].model.paint(sketches, torch.cat(told) if told else None)
    except Exception as error:  # whoever waits must hear of it, and the thread must live
        for job in jobs:
            job.face.set_exception(error)
        return
    for job, face in zip(jobs, faces, strict=True):
        job.face.set_result(face)
