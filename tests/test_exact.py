"""Both forms of an operation give the same, forward and backward."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from facepencil.device import prepare_device
from facepencil.exact import (
    _chosen,
    _mirrored,
    class_loss,
    halve_by_max,
    pad_reflect,
    padded_means,
)

FINDER_CLASSES, PAPER = 3, -1


def gradient(result: Tensor, x: Tensor) -> Tensor:
    torch.manual_seed(1)
    (slope,) = torch.autograd.grad(result, x, torch.randn_like(result))
    return slope


@pytest.mark.parametrize("px", [1, 3])
def test_mirrored_borders(px: int) -> None:
    x = torch.randn(2, 3, 8, 5, requires_grad=True)
    plain, sliced = pad_reflect(x, px), _mirrored(_mirrored(x, px, 2), px, 3)
    assert torch.equal(plain, sliced)
    torch.testing.assert_close(gradient(sliced, x), gradient(plain, x), atol=1e-5, rtol=0)


def test_the_largest_of_four_and_of_equals_the_first() -> None:
    x = torch.randint(0, 3, (2, 3, 9, 6)).float().requires_grad_()
    plain, chosen = halve_by_max(x), _chosen(x)
    assert torch.equal(plain, chosen)
    assert torch.equal(gradient(chosen, x), gradient(plain, x))


def slope_of_means(device: torch.device, side: int, stride: int, count: bool) -> Tensor:
    """Gradient of padded means, whose sum counts each of them by its place."""
    x = torch.arange(2 * 3 * 7 * 7, dtype=torch.float64).view(2, 3, 7, 7).to(device)
    x = x.contiguous(memory_format=torch.channels_last).requires_grad_()
    means = padded_means(x, side, stride, 1, count_padding=count)
    (slope,) = torch.autograd.grad(means, x, torch.arange(means.numel()).view_as(means).to(means))
    return slope.cpu()


@pytest.mark.parametrize(("side", "stride", "count"), [(2, 1, True), (3, 2, False)])
def test_means_are_those_of_a_padded_map(side: int, stride: int, count: bool) -> None:
    x = torch.rand(2, 3, 7, 7).contiguous(memory_format=torch.channels_last)
    ones, padded = (F.pad(one, (1, 1, 1, 1)) for one in (torch.ones_like(x), x))
    sums, counted = (F.avg_pool2d(one, side, stride) for one in (padded, ones))
    expected = sums if count else sums / counted
    torch.testing.assert_close(padded_means(x, side, stride, 1, count_padding=count), expected)


@pytest.mark.cuda
@pytest.mark.parametrize(("side", "stride", "count"), [(2, 1, True), (3, 2, False)])
def test_on_a_gpu_means_have_the_slope_they_have_here(side: int, stride: int, count: bool) -> None:
    found = slope_of_means(prepare_device(1, "float32"), side, stride, count)
    torch.testing.assert_close(found, slope_of_means(torch.device("cpu"), side, stride, count))


def test_the_loss_of_maps_is_that_of_rows() -> None:
    logits = torch.randn(2, FINDER_CLASSES, 4, 5, requires_grad=True)
    truth = torch.randint(PAPER, FINDER_CLASSES, (2, 4, 5))
    weights = torch.rand(FINDER_CLASSES)
    rows = F.cross_entropy(
        logits.permute(0, 2, 3, 1).flatten(0, 2), truth.flatten(), weights, ignore_index=PAPER
    )
    maps = class_loss(logits, truth, weights, PAPER)
    torch.testing.assert_close(maps, rows)
    torch.testing.assert_close(gradient(rows, logits), gradient(maps, logits))
