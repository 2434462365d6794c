"""How many photos of a batch are seen at a time, and what to lower where they do not fit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import torch

from facepencil.training.randomness import random_state, restore_random_state
from facepencil.training.step import Networks


class DoesNotFitError(ValueError):
    """A step needs more memory than the GPU has; the message says which params to lower."""


def choose_micro_batch(
    wanted: int | Literal["auto"], share: int, measured: bool, trial: Callable[[int], None]
) -> int:
    """Photos that a process sees at a time.

    Args:
        wanted: `train.micro_batch`.
        share: photos of a batch that this process sees.
        measured: whether `auto` tries what fits, as on a GPU; else it is the whole share.
        trial: takes a step of so many photos at a time; raises torch.OutOfMemoryError if they do
            not fit.

    Returns:
        At most `share`: the first of it, its half, its quarter and so on that fits; 1 if none does.
    """
    if wanted != "auto":
        return min(wanted, share)
    size = share
    while measured and size > 1:
        try:
            trial(size)
            break
        except torch.OutOfMemoryError:
            size = (size + 1) // 2
    return size


@contextmanager
def telling_what_to_lower(micro_batch: int, device: torch.device) -> Iterator[None]:
    """Turn an exhausted memory into an error that a user can mend.

    Raises:
        DoesNotFitError: names the params keys.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        lower = (
            f"train.micro_batch (here {micro_batch}; with smaller parts results stay the same but "
            "for rounding)"
            if micro_batch > 1
            else "model.size or model.channels (a single photo does not fit)"
        )
        first = next(iter(str(error).splitlines()), "")
        raise DoesNotFitError(
            f"a step does not fit into the memory of {device}: lower {lower}: {first}"
        ) from error


@contextmanager
def undone(networks: Networks) -> Iterator[None]:
    """Undo whatever happens to networks and random numbers; copies wait in the CPU's memory."""
    nets = (networks.generators, networks.discriminator)
    kept = [
        {name: value.to("cpu", copy=True) for name, value in net.state_dict().items()}
        for net in nets
    ]
    device = next(networks.generators.parameters()).device
    random = random_state(device)
    try:
        yield
    finally:
        for net, state in zip(nets, kept, strict=True):
            net.load_state_dict(state)
            net.zero_grad()
        restore_random_state(random, device)
        if device.type == "cuda":
            torch.cuda.empty_cache()
