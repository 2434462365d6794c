"""Where and how exactly the arithmetic runs: the one place that chooses."""

import os
import platform
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path

import torch

from facepencil.gpus import take_gpu
from facepencil.numerics import AT_FIRST_USE, require_caps


def prepare_device(threads: int, precision: str) -> torch.device:
    """Choose a free GPU where there is one and the CPU otherwise; make results repeatable there.

    Args:
        threads: numeric threads on the CPU. A parameter, since their count changes float results.
        precision: `float32`, `bfloat16`, `float16`, or `portable`, which takes the CPU in any case.

    Returns:
        The device for models and batches.

    Raises:
        ValueError: the hardware does not multiply in this precision.
        RuntimeError: `portable` in a process that has computed already.
    """
    if precision == "portable":
        _cap_torch()
    device = torch.device("cpu") if precision == "portable" else own_device()
    _refuse(precision, device)
    torch.set_num_threads(threads)
    # cuBLAS is repeatable only with a fixed workspace, read when it first runs.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # By default CUDA convolves in TF32, which keeps 10 of 23 bits of a float32.
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    # Every tensor is written before it is read: filling them first only takes time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    # As torch.use_deterministic_algorithms, which takes a second to load a compiler not used here.
    torch.set_deterministic_debug_mode("error")
    return device


@cache
def own_device() -> torch.device:
    """The GPU that this process has for itself until it ends; the CPU where there is none.

    Of those that CUDA_VISIBLE_DEVICES leaves, the first that is free; waits for one.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not count:
        return torch.device("cpu")
    names = [str(torch.cuda.get_device_properties(place).uuid) for place in range(count)]
    device = torch.device("cuda", take_gpu(names))
    torch.cuda.set_device(device)
    return device


def forward_in(precision: str, device: torch.device) -> AbstractContextManager[None]:
    """The context of a forward pass; weights and their updates are float32 in any precision."""
    if precision in _HALVES:
        return torch.autocast(device.type, dtype=_HALVES[precision])
    return nullcontext()


_HALVES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def has_bfloat16(device: torch.device) -> bool:
    """Whether the hardware multiplies in bfloat16; a step takes two thirds of the time then."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def _refuse(precision: str, device: torch.device) -> None:
    if precision == "bfloat16" and not has_bfloat16(device):
        raise ValueError(
            f"precision `bfloat16` on {describe_processor(device)}: expected a GPU that multiplies "
            "in it (Ampere or newer) or a processor with AVX-512 BF16 or AMX, since emulated it "
            "takes three to five times as long as `float32`: choose that or `portable`"
        )
    if precision == "float16" and device.type != "cuda":
        raise ValueError(
            f"precision `float16` on {describe_processor(device)}: expected a GPU, "
            "since processors do not multiply in it: choose `float32`"
        )


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
