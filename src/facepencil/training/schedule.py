"""The three stages and their learning rate, by photos seen (paper, section training)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

StageNumber = Literal[1, 2, 3]


@dataclass(frozen=True)
class Stage:
    """One stage of the training.

    Attributes:
        number: 1 trains G_a and D; 2 trains SAP, G_m's encoder and D; 3 trains everything.
        first: photos seen before it.
        photos: photos seen in it, a multiple of the batch.
    """

    number: StageNumber
    first: int
    photos: int

    @property
    def last(self) -> int:
        """Photos seen when it ends."""
        return self.first + self.photos

    def learning_rate(self, seen: int, base: float, warmup: int = 0) -> float:
        """Step size after `seen` photos in all: `base` for half of the stage, then linear to 0.

        Over the first `warmup` photos of the stage it rises linearly from 0.
        """
        left = (self.last - seen) / self.photos
        risen = (seen - self.first) / warmup if warmup else 1.0
        return base * min(1.0, risen, 2 * left)


def plan_stages(lengths: Sequence[int], batch: int, single: bool) -> list[Stage]:
    """Lay the stages one after the other; empty ones are left out.

    Args:
        lengths: photos seen in stages 1 to 3, each rounded up to whole batches.
        batch: photos a step.
        single: a lone generator has no parts to train apart: it spends all photos in stage 3, so
            that every variant sees equally many.
    """
    whole = [-(-length // batch) * batch for length in lengths]
    counts = [0, 0, sum(whole)] if single else whole
    firsts = [sum(counts[:index]) for index in range(3)]
    return [
        Stage(cast(StageNumber, index + 1), first, count)
        for index, (first, count) in enumerate(zip(firsts, counts, strict=True))
        if count
    ]


def passed(seen: int, batch: int, every: int) -> bool:
    """Whether the last step, of `batch` photos, reached or passed a multiple of `every`."""
    return seen // every > (seen - batch) // every
