"""The state of torch's generators: of the CPU, which draws windows, and of the GPU: dropout."""

from collections.abc import Sequence

import torch
from torch import Tensor


def random_state(device: torch.device) -> list[Tensor]:
    """Of the CPU, and of `device` if that is a GPU."""
    gpu = [torch.cuda.get_rng_state(device)] if device.type == "cuda" else []
    return [torch.get_rng_state(), *gpu]


def restore_random_state(states: Sequence[Tensor], device: torch.device) -> None:
    """Inverse of `random_state`."""
    cpu, *gpu = (state.cpu() for state in states)
    torch.set_rng_state(cpu)
    for state in gpu:
        torch.cuda.set_rng_state(state, device)
