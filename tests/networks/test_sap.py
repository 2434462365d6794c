"""Spatial attention pooling against its formula, written out with torch's functions."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import maximum_filter

from facepencil.config.model import ModelParams
from facepencil.networks.classifier import DeformationClassifier
from facepencil.networks.sap import SpatialAttentionPooling, dilate


def params(**changes):
    return ModelParams(size=32, sap_widths=[1, 3, 7], sap_channels=4, sap_kernel=5, **changes)


def some_sketch(size=32):
    torch.manual_seed(1)
    return (torch.rand(2, 1, size, size) > 0.9).float()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.sampled_from([1, 3, 5, 9, 13]), min_size=1))
def test_strokes_are_dilated_by_squares_of_each_width(seed, widths):
    sketch = torch.rand(2, 1, 17, 17, generator=torch.Generator().manual_seed(seed))
    pooled = dilate(sketch, widths)
    for image, thick in zip(sketch, pooled, strict=True):
        for width, one in zip(widths, thick, strict=True):
            expected = maximum_filter(image[0].numpy(), size=width, mode="constant")
            assert (one.numpy() == expected).all()


def by_formula(pooling, sketch):
    """The paper's A * R, branch by branch."""
    kernels = [layer[0].weight for layer in pooling.branches]
    branches = []
    for index, width in enumerate(pooling.widths):
        branch = F.max_pool2d(sketch, width, 1, width // 2)
        for kernel in kernels:
            own = kernel.chunk(len(pooling.widths))[index]
            branch = F.relu(F.instance_norm(F.conv2d(branch, own, padding=own.shape[-1] // 2)))
        branches.append(branch)
    first, second, third = pooling.classifier.features(sketch)
    seen = [first, F.interpolate(second, scale_factor=2), F.interpolate(third, scale_factor=4)]
    logits = pooling.attention(torch.cat(seen, 1))
    attention = F.interpolate(logits.exp() / logits.exp().sum(1, keepdim=True), scale_factor=2)
    return attention * torch.cat(branches, 1)


def test_sap_is_the_papers_formula():
    pooling = SpatialAttentionPooling(params(), DeformationClassifier(6))
    sketch = some_sketch()
    pooled = pooling(sketch)
    assert pooled.shape == (2, 12, 32, 32)
    torch.testing.assert_close(pooled, by_formula(pooling, sketch), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("size", ["half", "full"])
@pytest.mark.parametrize("features", [True, False])
def test_attention_sums_to_one(size, features):
    classifier = DeformationClassifier(6) if features else None
    sketch = some_sketch()
    over_channels = SpatialAttentionPooling(params(attention_size=size), classifier)
    weights = over_channels.attend(sketch)
    assert weights.shape == (2, 12, 32, 32) and weights.min() >= 0
    torch.testing.assert_close(weights.sum(1), torch.ones(2, 32, 32))
    chosen = params(attention_size=size, attention_over="scales")
    weights = SpatialAttentionPooling(chosen, classifier).attend(sketch)
    by_width = weights.view(2, 3, 4, 32, 32)
    torch.testing.assert_close(by_width.sum(1), torch.ones(2, 4, 32, 32))


def test_half_size_attention_is_constant_on_squares_of_four_and_full_is_not():
    sketch = some_sketch()
    half = SpatialAttentionPooling(params(), DeformationClassifier(6)).attend(sketch)
    full = SpatialAttentionPooling(params(attention_size="full"), DeformationClassifier(6))
    assert torch.equal(half[..., ::2, ::2], half[..., 1::2, 1::2])
    weights = full.attend(sketch)
    assert not torch.allclose(weights[..., ::2, ::2], weights[..., 1::2, 1::2])


def test_attention_follows_the_sketch():
    for classifier in (DeformationClassifier(6), None):
        pooling = SpatialAttentionPooling(params(), classifier)
        sketch = some_sketch()
        assert not torch.allclose(pooling.attend(sketch), pooling.attend(sketch.flip(3)))


def test_without_attention_the_pooled_strokes_pass_as_they_are():
    pooling = SpatialAttentionPooling(params(attention_over="none"), None)
    sketch = some_sketch()
    expected = pooling.branches(dilate(sketch, pooling.widths))
    torch.testing.assert_close(pooling(sketch), expected, rtol=0, atol=0)
    with pytest.raises(ValueError, match="attention_over channels or scales, not none"):
        pooling.attend(sketch)


@pytest.mark.parametrize("over", ["channels", "scales"])
def test_the_effective_width_is_the_mean_of_widths_by_their_attention(over):
    pooling = SpatialAttentionPooling(params(attention_over=over, attention_features=False), None)
    sketch = some_sketch()
    attention = pooling.attend(sketch)
    expected = torch.zeros(2, 32, 32)
    for place, width in enumerate((1, 3, 7)):
        expected += width * attention[:, 4 * place : 4 * place + 4].sum(1)
    torch.testing.assert_close(pooling.effective_width(sketch), expected / attention.sum(1))
    assert 1 <= pooling.effective_width(sketch).min() <= pooling.effective_width(sketch).max() <= 7
