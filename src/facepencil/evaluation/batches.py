"""Faces a batch at a time, with progress."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import torch
from torch import Tensor

from facepencil.progress import track


def batches(ids: Sequence[str], batch: int, label: str) -> Iterator[Sequence[str]]:
    """Runs of `batch` ids, the last one shorter."""
    starts = range(0, len(ids), batch)
    for start in track(starts, label, len(starts), "batch"):
        yield ids[start : start + batch]


def joined(parts: Iterable[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Batches of named tensors, one after another along the first axis."""
    every = list(parts)
    return {name: torch.cat([part[name] for part in every]) for name in every[0]}
