"""Precision is a param: what it gives, and where it is refused."""

import os
import subprocess
import sys

import pytest
import torch

from facepencil import device as device_module
from facepencil.device import forward_in, prepare_device
from facepencil.numerics import AT_FIRST_USE

CPU = torch.device("cpu")


def run(code: str) -> subprocess.CompletedProcess[str]:
    outer = {name: value for name, value in os.environ.items() if name not in AT_FIRST_USE}
    return subprocess.run([sys.executable, "-c", code], env=outer, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("precision", "dtype"),
    [("float32", torch.float32), ("portable", torch.float32), ("bfloat16", torch.bfloat16)],
)
def test_forward_pass_has_the_precision_asked_for(precision, dtype) -> None:
    with forward_in(precision, CPU):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == dtype


def test_bfloat16_without_hardware_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_module, "has_bfloat16", lambda device: False)
    with pytest.raises(ValueError, match=r"expected a GPU that multiplies in it.*AVX-512 BF16"):
        prepare_device(1, "bfloat16")


def test_a_card_that_emulates_bfloat16_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked of torch in the words that leave emulation out."""
    asked: list[bool] = []

    def supported(including_emulation: bool = True) -> bool:
        asked.append(including_emulation)
        return including_emulation

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    assert not device_module.has_bfloat16(torch.device("cuda", 0))
    assert asked == [False]


def test_float16_is_refused_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_module, "own_device", lambda: CPU)
    with pytest.raises(ValueError, match=r"precision `float16` on .*: expected a GPU"):
        prepare_device(1, "float16")


def test_nothing_is_computed_in_less_than_what_is_declared() -> None:
    prepare_device(1, "float32")
    assert not torch.backends.cudnn.allow_tf32 and not torch.backends.cuda.matmul.allow_tf32
    assert torch.are_deterministic_algorithms_enabled()
    assert not torch.is_deterministic_algorithms_warn_only_enabled()


def test_portable_caps_torch() -> None:
    code = """
import torch
from facepencil.device import prepare_device
assert prepare_device(1, "portable").type == "cpu"
print(torch.backends.cpu.get_cpu_capability())
"""
    assert run(code).stdout == "AVX2\n"


@pytest.mark.skipif(
    not torch.cpu.get_capabilities()["avx512_f"], reason="without AVX-512 there is nothing to cap"
)
def test_portable_after_torch_has_computed_is_an_error() -> None:
    code = """
import torch
from facepencil.device import prepare_device
torch.ones(3) + 1
prepare_device(1, "portable")
"""
    assert "this process uses AVX512" in run(code).stderr
