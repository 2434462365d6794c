import pytest
import torch
from torch import nn

from facepencil.training.ema import Ema


def line(weight: float) -> nn.Linear:
    net = nn.Linear(1, 1, bias=False)
    nn.init.constant_(net.weight, weight)
    return net


def follow(decay: float, weights: list[float]) -> float:
    net = line(weights[0])
    ema = Ema(net, decay)
    for step, weight in enumerate(weights[1:], 1):
        nn.init.constant_(net.weight, weight)
        ema.update(net, step)
    return ema.network.weight.item()


def test_a_constant_is_kept() -> None:
    assert follow(0.9, [3.0] * 50) == pytest.approx(3)


def test_long_after_the_start_it_decays_by_the_given_share() -> None:
    net = line(1.0)
    ema = Ema(net, 0.9)
    nn.init.constant_(net.weight, 0.0)
    ema.update(net, 1000)
    assert ema.network.weight.item() == pytest.approx(0.9)


def test_a_short_training_forgets_its_initial_weights() -> None:
    assert follow(0.998, [1.0] + [0.0] * 100) < 1e-3


def test_the_average_learns_nothing_itself_and_is_no_view() -> None:
    net = line(1.0)
    ema = Ema(net, 0.9)
    assert not any(weight.requires_grad for weight in ema.network.parameters())
    with torch.no_grad():
        net.weight += 1
    assert ema.network.weight.item() == 1
