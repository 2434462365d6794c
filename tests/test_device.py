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
    with pytest.raises(ValueError, match=r"expected CUDA or a processor with AVX-512 BF16"):
        prepare_device(1, "bfloat16")


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
