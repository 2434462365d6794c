"""VGG16's window: within the image, everywhere in it, and the same in both forms."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from facepencil.training import window as module
from facepencil.training.window import Window

CPU = torch.device("cpu")


@given(st.integers(2, 80), st.integers(1, 90), st.integers(0, 2**32 - 1))
def test_it_lies_within_the_image(size: int, side: int, seed: int) -> None:
    torch.manual_seed(seed)
    window = Window(side, CPU)
    window.move(size)
    assert window.cut(torch.zeros(2, 3, size, size)).shape == (2, 3, *[min(side, size)] * 2)


def test_it_comes_to_every_place() -> None:
    torch.manual_seed(0)
    places = torch.arange(36.0).view(1, 1, 6, 6)
    window, found = Window(4, CPU), set()
    for _ in range(400):
        window.move(6)
        found.add(divmod(int(window.cut(places)[0, 0, 0, 0]), 6))
    assert found == {(top, left) for top in range(3) for left in range(3)}


@given(st.integers(2, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_on_a_gpu_it_cuts_the_same_bits(size: int, side: int, seed: int) -> None:
    """Values and gradients, of the form that is for other devices, computed on the CPU."""
    torch.manual_seed(seed)
    image, weight = torch.randn(2, 3, size, size), torch.randn(2, 3, *[min(side, size)] * 2)
    found = []
    for quick in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "on_cpu", lambda x, quick=quick: quick)
            torch.manual_seed(seed)
            window, seen = Window(side, CPU), image.clone().requires_grad_()
            window.move(size)
            cut = window.cut(seen)
            cut.backward(weight)
            found.append((cut.detach(), seen.grad))
    assert all(map(torch.equal, *found))
