import pytest
import torch
from torch import nn

from facepencil.training.ema import Average


def line(weight: float) -> nn.Linear:
    net = nn.Linear(1, 1, bias=False)
    nn.init.constant_(net.weight, weight)
    return net


def follow(decay: float, weights: list[float]) -> float:
    net = line(weights[0])
    average = Average(net, decay)
    for weight in weights[1:]:
        nn.init.constant_(net.weight, weight)
        average.update(net)
    return float(next(average.module.parameters()))


def test_a_constant_is_kept() -> None:
    assert follow(0.9, [3.0] * 50) == pytest.approx(3)


def test_the_first_steps_keep_less_of_the_average() -> None:
    assert follow(0.9, [1.0, 0.0]) == pytest.approx(2 / 11)
    assert follow(0.9, [1.0, 0.0, 0.0]) == pytest.approx(2 / 11 * 3 / 12)


def test_long_after_the_start_it_decays_by_the_given_share() -> None:
    # (1 + n) / (10 + n) passes 0.9 at step 80.
    after = [follow(0.9, [0.0] * 101 + [1.0] * more) for more in (1, 2)]
    assert after == pytest.approx([0.1, 0.19])


def test_a_short_training_forgets_its_initial_weights() -> None:
    assert follow(0.998, [1.0] + [0.0] * 100) < 1e-3


def test_the_average_learns_nothing_itself_and_is_no_view() -> None:
    net = line(1.0)
    average = Average(net, 0.9)
    assert not any(weight.requires_grad for weight in average.module.parameters())
    with torch.no_grad():
        net.weight += 1
    assert next(average.module.parameters()).item() == 1
