"""Batches drawn ahead of the training that waits for them, in its order."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import torch
from torch.utils.data import DataLoader

from facepencil.data.stream import Batch, ByteBatch, Stream

DEPTH = 4
"""Batches that each worker draws ahead."""


@dataclass(frozen=True)
class _Drawing:
    """Batches by the number of their first sample, as torch's loader asks for them."""

    stream: Stream
    count: int

    def __getitem__(self, first: int) -> ByteBatch:
        return self.stream.draw(first, self.count)


class Feed:
    """Batches on the device, each moved there one step before it is wanted.

    Attributes:
        waited: seconds spent waiting for batches to be drawn, or drawing them.
    """

    def __init__(
        self,
        stream: Stream,
        firsts: Sequence[int],
        count: int,
        device: torch.device,
        workers: int = 0,
    ) -> None:
        """Feed batches of `count` samples, from each of the samples `firsts` on.

        Args:
            stream: draws them; what it draws depends on the numbers of samples alone, so any
                worker may draw any batch.
            firsts: the first sample of each batch, in the order of training.
            count: samples a batch.
            device: where they are wanted.
            workers: processes that draw ahead; 0 draws in this one, when a batch is wanted.
        """
        self.waited = 0.0
        self._device = device
        drawing = _Drawing(stream, count)
        self._drawn = (
            _ahead(drawing, firsts, workers, device.type == "cuda")
            if workers
            else map(drawing.__getitem__, firsts)
        )
        self._next = self._move()

    def __next__(self) -> Batch:
        """The next batch. Raises: StopIteration."""
        batch, self._next = self._next, self._move()
        if batch is None:
            raise StopIteration
        return batch

    def _move(self) -> Batch | None:
        begun = time.monotonic()
        drawn = next(self._drawn, None)
        self.waited += time.monotonic() - begun
        return drawn.onto(self._device) if drawn else None


def _ahead(
    drawing: _Drawing, firsts: Sequence[int], workers: int, pinned: bool
) -> Iterator[ByteBatch]:
    loader: DataLoader[ByteBatch] = DataLoader(
        drawing,  # type: ignore[arg-type]
        batch_size=None,
        sampler=firsts,
        num_workers=workers,
        collate_fn=_as_it_is,
        pin_memory=pinned,
        # Forked, workers share the photos; none of them touches CUDA.
        multiprocessing_context="fork",
        worker_init_fn=_begin_worker,
        prefetch_factor=DEPTH,
        # One of its own: the loader draws a number that no worker here uses.
        generator=torch.Generator(),
    )
    return iter(loader)


def _begin_worker(_worker: int) -> None:
    # OpenCV's threads do not outlive a fork: to wait for them would be to wait forever.
    cv2.setNumThreads(0)


def _as_it_is(drawn: Any) -> Any:  # noqa: ANN401 - whatever the loader was given
    return drawn
