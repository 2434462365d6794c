"""Folded weights on small maps are whole weights on enlarged ones."""

import pytest
import torch
import torch.nn.functional as F

from facepencil.config.model import ModelParams
from facepencil.networks import sap
from facepencil.networks.classifier import DeformationClassifier
from facepencil.networks.repeated import conv_of_repeated
from facepencil.networks.sap import SpatialAttentionPooling


@pytest.mark.parametrize("side", [1, 3, 9, 13])
@pytest.mark.parametrize("times", [1, 2, 3, 4, 8])
def test_results_and_gradients_are_those_of_enlarged_maps(side: int, times: int) -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 3, 5, 4, dtype=torch.double, requires_grad=True)
    weight = torch.randn(6, 3, side, side, dtype=torch.double, requires_grad=True)
    large = x.repeat_interleave(times, 2).repeat_interleave(times, 3)
    plain = F.conv2d(large, weight, padding=side // 2)
    folded = conv_of_repeated(x, weight, times)
    torch.testing.assert_close(folded, plain)
    direction = torch.randn_like(plain)
    found = [torch.autograd.grad(each, (x, weight), direction) for each in (folded, plain)]
    for mine, theirs in zip(*found, strict=True):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("size", ["half", "full"])
def test_the_attention_of_wide_kernels_is_the_same(
    monkeypatch: pytest.MonkeyPatch, size: str
) -> None:
    torch.manual_seed(0)
    model = ModelParams(size=32, sap_kernel=13, sap_channels=2, attention_size=size)
    pooling = SpatialAttentionPooling(model, DeformationClassifier(4))
    sketch = (torch.rand(2, 1, 32, 32) > 0.9).float()
    folded = pooling.attend(sketch)
    called: list[int] = []
    monkeypatch.setattr(sap, "conv_of_repeated", lambda *_: called.append(1))
    monkeypatch.setattr(sap, "WIDE", 15)
    plain = pooling.attend(sketch)
    assert not called
    torch.testing.assert_close(folded, plain, atol=1e-5, rtol=1e-4)
    assert not torch.equal(folded, plain)
