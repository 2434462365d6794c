"""Where and how exactly the arithmetic runs: the one place that chooses."""

import os
import platform
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch

from facepencil.numerics import AT_FIRST_USE, require_caps


def prepare_device(threads: int, precision: str) -> torch.device:
    """Choose CUDA where there is one and the CPU otherwise, and make results repeatable there.

    Args:
        threads: numeric threads on the CPU. A parameter, since their count changes float results.
        precision: `float32`, `bfloat16`, or `portable`, which takes the CPU in any case.

    Returns:
        The device for models and batches.

    Raises:
        ValueError: `bfloat16` on hardware that does not multiply in it.
        RuntimeError: `portable` in a process that has computed already.
    """
    if precision == "portable":
        _cap_torch()
    cuda = torch.cuda.is_available() and precision != "portable"
    device = torch.device("cuda" if cuda else "cpu")
    if precision == "bfloat16" and not has_bfloat16(device):
        raise ValueError(
            "precision `bfloat16`: expected CUDA or a processor with AVX-512 BF16 or AMX, since "
            "emulated it takes three to five times as long as `float32`: choose that or `portable`"
        )
    torch.set_num_threads(threads)
    # cuBLAS is repeatable only with a fixed workspace, read when it first runs.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # Every tensor is written before it is read: filling them first only takes time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    # On CUDA the backward passes of reflection padding and max-pooling have no exact form.
    torch.use_deterministic_algorithms(True, warn_only=cuda)
    return device


def forward_in(precision: str, device: torch.device) -> AbstractContextManager[None]:
    """The context of a forward pass; weights and their updates are float32 in any precision."""
    if precision == "bfloat16":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


def has_bfloat16(device: torch.device) -> bool:
    """Whether the hardware multiplies in bfloat16; a step takes two thirds of the time then."""
    able = torch.cpu.get_capabilities()
    return device.type == "cuda" or bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def describe_processor(device: torch.device) -> str:
    """What computes, and which kernels torch takes there: float results depend on both."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    model = models[0] if models else platform.processor() or platform.machine()
    return f"{model}, {torch.backends.cpu.get_cpu_capability()}"


def _cap_torch() -> None:
    """Cap torch, oneDNN and MKL for this process, before torch computes anything.

    Raises:
        RuntimeError: torch has computed already, or another library was loaded too early.
    """
    require_caps()
    os.environ.update(AT_FIRST_USE)
    chosen = torch.backends.cpu.get_cpu_capability()
    if chosen != "AVX2":
        raise RuntimeError(
            f"precision `portable` wants torch's AVX2 kernels, and this process uses {chosen}: "
            "it needs a processor with AVX2, and a process in which torch has not computed yet"
        )
