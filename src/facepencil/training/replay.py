"""Steps that are recorded once and replayed: one start of a GPU's work instead of thousands.

Small networks leave a GPU waiting: it finishes each operation before the next one is started. The
very same operations are replayed on the same memory, so the results are the same bits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from facepencil.data.stream import Batch
from facepencil.training.step import AdversarialStep

WARM_UP = 3
"""Steps of a form before it is recorded: libraries choose and allocate what they need in these."""

Work = Callable[[], Tensor]
Recorder = Callable[[Work], Work]
"""Records work; what comes back repeats it on whatever its memory holds then."""

LARGE = 0.25
"""Share of the GPU's memory from which on a step is not recorded: the recorded ones hold as much
again, and operations so large leave nothing to wait for."""


@dataclass(frozen=True)
class _Recorded:
    """A step, the batch whose memory it reads, and the names of its losses."""

    again: Work
    batch: Batch
    names: Sequence[str]


class ReplayedStep:
    """`AdversarialStep` with each of its forms replayed from its fourth time on.

    It has a form before D trains, one after, and one with R1.
    """

    def __init__(self, step: AdversarialStep, record: Recorder) -> None:
        """Take steps as `step` does.

        Args:
            step: of one process.
            record: `on_cuda`.
        """
        self._step, self._record = step, record
        self._rate: Tensor | None = None
        self._times: dict[tuple[bool, bool], int] = {}
        self._recorded: dict[tuple[bool, bool], _Recorded] = {}

    def __call__(self, batch: Batch, learning_rate: float, seen: int = 0) -> dict[str, Tensor]:
        """As `AdversarialStep`."""
        if self._rate is None:
            self._rate = torch.empty((), device=batch.photos.device)
        rate = self._rate.fill_(learning_rate)
        form = self._step.form(seen)
        self._times[form] = self._times.get(form, 0) + 1
        self._step.prepare(batch)
        if self._times[form] <= WARM_UP:
            return self._step.work(batch, rate, seen)
        if form not in self._recorded:
            self._recorded[form] = self._recording(_copied(batch), rate, seen)
        recorded = self._recorded[form]
        for old, new in zip(_tensors(recorded.batch), _tensors(batch), strict=True):
            old.copy_(new)
        # A copy: the next time writes into the same memory.
        return dict(zip(recorded.names, recorded.again().clone(), strict=True))

    def _recording(self, batch: Batch, rate: Tensor, seen: int) -> _Recorded:
        names: list[str] = []

        def work() -> Tensor:
            losses = self._step.work(batch, rate, seen)
            names[:] = losses
            return torch.stack(list(losses.values()))

        return _Recorded(self._record(work), batch, names)


def on_cuda() -> Recorder:
    """Records as CUDA graphs, which share their memory: they run one after the other."""
    pool = torch.cuda.graph_pool_handle()

    def record(work: Work) -> Work:
        device = torch.cuda.current_device()
        whole = torch.cuda.get_device_properties(device).total_memory
        if torch.cuda.max_memory_allocated() > LARGE * whole:
            return work
        graph = torch.cuda.CUDAGraph()
        # The loader's thread may pin a batch meanwhile.
        with torch.cuda.graph(graph, pool=pool, capture_error_mode="thread_local"):
            found = work()

        def again() -> Tensor:
            graph.replay()
            return found

        return again

    return record


def _tensors(batch: Batch) -> list[Tensor]:
    return [*batch.sketches, batch.photos, *(batch.told or [])]


def _copied(batch: Batch) -> Batch:
    told = batch.told and [one.clone() for one in batch.told]
    sketches = [one.clone() for one in batch.sketches]
    return replace(batch, sketches=sketches, photos=batch.photos.clone(), told=told)
