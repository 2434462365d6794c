import math

import pytest
import torch

from facepencil.training.means import LossError, Means


def losses(**values: float) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(value) for name, value in values.items()}


def test_means_are_over_the_steps_since_the_last_line() -> None:
    means = Means()
    for value in (1.0, 2.0):
        means.add(losses(l1=value))
    assert means.take(8) == {"l1": 1.5}
    means.add(losses(l1=4.0))
    assert means.take(16) == {"l1": 4.0}


def test_means_are_those_of_sums_in_double_precision() -> None:
    values = torch.rand(1000, generator=torch.Generator().manual_seed(1)).tolist()
    means = Means()
    for value in values:
        means.add(losses(l1=value))
    assert means.take(8) == {"l1": round(sum(values) / 1000, 6)}


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_a_broken_loss_is_told_with_its_photos(broken: float) -> None:
    means = Means()
    means.add(losses(l1=1.0, vgg=2.0))
    means.take(320)
    means.add(losses(l1=1.0, vgg=broken))
    means.add(losses(l1=1.0, vgg=1.0))
    for look in (means.check, means.take):
        with pytest.raises(LossError, match="losses vgg between photos 320 and 640"):
            look(640)


def test_a_loss_that_some_steps_lack_is_averaged_over_the_others() -> None:
    means = Means()
    means.add(losses(l1=1.0))
    means.add(losses(l1=3.0, gan=4.0))
    assert means.take(8) == {"l1": 2.0, "gan": 4.0}


def test_means_go_on_from_their_state() -> None:
    first, second = Means(), Means()
    first.add(losses(l1=1.0))
    second.restore(first.state())
    second.add(losses(l1=3.0))
    assert second.take(8) == {"l1": 2.0}
