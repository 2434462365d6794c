"""Both forms of an operation give the same, forward and backward."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from facepencil.exact import _chosen, _mirrored, class_loss, halve_by_max, pad_reflect

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
