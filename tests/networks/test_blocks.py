"""The faster forms compute what the plain ones do."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from facepencil.networks.blocks import (
    InstanceNorm,
    LayerNorm,
    NearestUpConv,
    ToImage,
    conv_norm,
    initialise,
)


def both_gradients(first, second, *inputs):
    """Outputs and gradients of two functions of the same tensors, for a random direction."""
    outputs = [first(), second()]
    direction = torch.randn_like(outputs[0])
    return [(out, *torch.autograd.grad(out, inputs, direction)) for out in outputs]


def assert_equal_with_gradients(first, second, *inputs):
    for mine, reference in zip(*both_gradients(first, second, *inputs), strict=True):
        torch.testing.assert_close(mine, reference, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("shape", [(3, 5, 8, 8), (2, 16, 9, 7), (1, 1, 2, 2)])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_instance_norm_is_torchs(shape, layout):
    torch.manual_seed(0)
    x = (torch.randn(shape) * 3 + 5).to(memory_format=layout).requires_grad_()
    assert_equal_with_gradients(lambda: InstanceNorm()(x), lambda: F.instance_norm(x), x)


def test_instance_norm_has_the_gradient_of_its_own_forward():
    x = torch.randn(2, 3, 4, 4, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(InstanceNorm(), x)


def test_the_gradient_of_instance_norm_has_a_gradient_of_its_own():
    x = torch.randn(2, 3, 4, 4, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradgradcheck(InstanceNorm(), x)


def test_instance_norm_keeps_the_layout_and_never_works_in_16_bits():
    x = torch.randn(2, 8, 8, 8).to(torch.bfloat16, memory_format=torch.channels_last)
    normal = InstanceNorm()(x)
    assert normal.dtype == torch.float32
    assert normal.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(normal, F.instance_norm(x.float()), rtol=1e-4, atol=1e-5)


def test_a_flat_map_stays_finite():
    x = torch.full((1, 2, 4, 4), 7.0, requires_grad=True)
    normal = InstanceNorm()(x)
    normal.sum().backward()
    assert normal.abs().max() == 0 and x.grad.isfinite().all()


def test_layer_norm_is_torchs_over_a_whole_image_in_32_bits():
    torch.manual_seed(0)
    x = torch.randn(2, 3, 4, 5, dtype=torch.bfloat16) * 3 + 5
    norm = LayerNorm(3)
    nn.init.uniform_(norm.weight), nn.init.uniform_(norm.bias)
    plain = F.layer_norm(x.float(), (3, 4, 5))
    expected = plain * norm.weight[:, None, None] + norm.bias[:, None, None]
    assert norm(x).dtype == torch.float32
    torch.testing.assert_close(norm(x), expected)


def test_layer_norm_keeps_what_is_the_same_all_over_an_image_and_instance_norm_does_not():
    x = torch.stack([torch.full((4, 4), value) for value in (-1.0, 1.0)])[None]
    torch.testing.assert_close(LayerNorm(2)(x), x, rtol=1e-4, atol=1e-4)
    assert InstanceNorm()(x).abs().max() == 0


@pytest.mark.parametrize("size", [2, 5, 8])
def test_nearest_up_conv_repeats_pixels_and_convolves(size):
    torch.manual_seed(0)
    up = NearestUpConv(6, 4)
    x = torch.randn(2, 6, size, size, requires_grad=True)
    assert_equal_with_gradients(
        lambda: up(x),
        lambda: F.conv2d(F.interpolate(x, scale_factor=2), up.conv.weight, padding=1),
        x,
        up.conv.weight,
    )


@pytest.mark.parametrize("size", [4, 16])
def test_to_image_is_a_reflect_padded_conv7_and_tanh(size):
    torch.manual_seed(0)
    last = ToImage(5)
    plain = nn.Conv2d(5, 3, 7, padding=3, padding_mode="reflect")
    plain.weight, plain.bias = last.conv.weight, last.conv.bias
    x = torch.randn(2, 5, size, size, requires_grad=True)
    assert_equal_with_gradients(
        lambda: last(x), lambda: plain(x).tanh(), x, last.conv.weight, last.conv.bias
    )


def test_blocks_draw_their_weights_from_the_papers_distribution():
    torch.manual_seed(0)
    net = nn.Sequential(conv_norm(64, 64, 7), nn.Conv2d(64, 8, 1), nn.ConvTranspose2d(64, 64, 3))
    initialise(net)
    for layer in (net[0][0], net[2]):
        assert layer.weight.std().item() == pytest.approx(0.02, rel=0.03)
        assert abs(layer.weight.mean().item()) < 1e-3
    assert net[1].bias.count_nonzero() == 0
