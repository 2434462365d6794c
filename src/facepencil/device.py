"""Where and how exactly the arithmetic runs: the one place that chooses."""

import os
from contextlib import AbstractContextManager, nullcontext

import torch


def prepare_device(threads: int) -> torch.device:
    """Choose CUDA where there is one and the CPU otherwise, and make results repeatable there.

    Args:
        threads: numeric threads on the CPU. A parameter, since their count changes float results.

    Returns:
        The device for models and batches.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_num_threads(threads)
    # cuBLAS is repeatable only with a fixed workspace, read when it first runs.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # Every tensor is written before it is read: filling them first only takes time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    # On CUDA the backward passes of reflection padding and max-pooling have no exact form.
    torch.use_deterministic_algorithms(True, warn_only=device.type == "cuda")
    return device


def precision(device: torch.device) -> AbstractContextManager[None]:
    """The context of a step's forward pass: bfloat16 where the hardware multiplies in it.

    That is CUDA, and processors with AVX-512 BF16, on which a step takes two thirds of the time
    (float32 weights either way); elsewhere float32.
    """
    if device.type == "cuda" or torch.cpu.get_capabilities().get("avx512_bf16", False):
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()
