"""Several processes that train one model: their numbers, and what they add up."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

_T = TypeVar("_T")


class RanksError(ValueError):
    """Processes that cannot train one model together; the message says why."""


@dataclass(frozen=True)
class Ranks:
    """The place of this process among those that share each batch; alone, nothing is exchanged.

    Attributes:
        rank: from 0; the first writes, logs and tracks.
        size: how many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    def share_of(self, batch: int) -> int:
        """Photos of a batch that each process sees.

        Raises:
            RanksError: they cannot share equally.
        """
        if batch % self.size:
            raise RanksError(
                f"train.batch {batch}: expected a multiple of the {self.size} processes sharing it"
            )
        return batch // self.size

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Put the sum over all processes into each of some float32 tensors, in one exchange."""
        if self.size == 1:
            return
        flat = torch.cat([one.reshape(-1) for one in tensors])
        dist.all_reduce(flat)
        pieces = torch.split(flat, [one.numel() for one in tensors])
        for one, piece in zip(tensors, pieces, strict=True):
            one.copy_(piece.view(one.shape))

    def gather(self, value: _T) -> list[_T]:
        """The values of all processes, by rank: anything that can be pickled, and small."""
        if self.size == 1:
            return [value]
        found: list[_T | None] = [None] * self.size
        dist.all_gather_object(found, value)
        return found  # type: ignore[return-value]

    def after_first(self, act: Callable[[], _T]) -> _T:
        """Act in all processes, in the first one before the others."""
        if self.first:
            result = act()
            self.gather(None)
            return result
        self.gather(None)
        return act()


ALONE = Ranks()


@contextmanager
def joined_ranks(
    device: torch.device, environment: Mapping[str, str] = os.environ
) -> Iterator[Ranks]:
    """Meet the other processes that `torchrun` started; without it, or with one, there are none.

    Args:
        device: of this process, which on CUDA has it for itself.
        environment: as `torchrun` sets it.
    """
    size = int(environment.get("WORLD_SIZE", "1"))
    if size == 1:
        yield ALONE
        return
    if device.type == "cuda":
        dist.init_process_group("nccl", device_id=device)
    else:
        dist.init_process_group("gloo")
    try:
        yield Ranks(dist.get_rank(), size)
    finally:
        dist.destroy_process_group()
