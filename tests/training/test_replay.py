"""Replayed steps against steps taken one by one; here a record does its work anew each time."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from facepencil.config.train import TrainParams
from facepencil.data.stream import Batch
from facepencil.device import prepare_device
from facepencil.training.replay import ReplayedStep, Work, on_cuda
from facepencil.training.step import AdversarialStep, Networks
from tests.training.test_elsewhere import onto, views_of, without_waiting

Build = Callable[..., Networks]
FORMS: dict[str, Any] = {"batch": 4, "gan_from": 20, "r1_weight": 1.0, "r1_every": 2}
STEPS = 16
RATE = 2.0**-13
"""It and its sixteenths are numbers of 32 bits, as replayed steps keep them."""


def batches(views: int, told: int, size: int = 32) -> list[Batch]:
    torch.manual_seed(3)

    def draw() -> Batch:
        sketches = [(torch.rand(4, 1, size, size) > 0.9).float() for _ in range(views)]
        beside = [torch.rand(4, told) for _ in range(views)] if told else None
        return Batch(sketches, torch.rand(4, 3, size, size) * 2 - 1, beside)

    return [draw() for _ in range(STEPS)]


def learn(
    networks: Networks, take: Callable[..., dict[str, Tensor]], found: list[Batch]
) -> list[dict[str, Tensor]]:
    torch.manual_seed(0)
    return [
        take(batch, RATE * (1 - number / STEPS), 4 * number) for number, batch in enumerate(found)
    ]


@pytest.mark.parametrize(
    ("model", "train"),
    [
        ({}, {"vgg_px": 24}),
        ({"level_told": True}, {"micro": 3}),
        ({"kind": "unet", "sap": False}, {}),
    ],
)
def test_replayed_it_learns_the_same_bits(
    build: Build, model: dict[str, Any], train: dict[str, Any]
) -> None:
    """Before D trains, after, and with R1, at a rate that falls."""
    recorded: list[Work] = []

    def record(work: Work) -> Work:
        recorded.append(work)
        return work

    results = []
    for replayed in (False, True):
        networks = build(**model)
        params = TrainParams(**FORMS, vgg_px=train.get("vgg_px", 32))
        step = AdversarialStep(networks, params, 3, micro_batch=train.get("micro"))
        take = ReplayedStep(step, record) if replayed else step
        losses = learn(networks, take, batches(views_of(networks), int("level_told" in model)))
        results.append((losses, [one.detach() for one in networks.generators.parameters()]))
    (plain, weights), (mine, my_weights) = results
    for one, other in zip(plain, mine, strict=True):
        assert one.keys() == other.keys()
        assert all(torch.equal(one[name], other[name]) for name in one)
    assert all(map(torch.equal, weights, my_weights))
    assert len(recorded) == 3


@pytest.mark.cuda
@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize(
    "model",
    [
        {},
        {"discriminator_heads": 4},
        {"discriminator_norm": "spectral"},
        {"kind": "unet", "sap": False, "size": 64},
    ],
)
def test_on_a_gpu_too_and_it_never_waits(
    build: Build, model: dict[str, Any], precision: str
) -> None:
    device = prepare_device(1, "float32")
    recorded: list[Work] = []
    to_cuda = on_cuda()

    def record(work: Work) -> Work:
        again = to_cuda(work)
        recorded.append(again)
        return without_waiting(again)

    results = []
    for replayed in (False, True):
        networks = onto(device, build(**model))
        step = AdversarialStep(networks, TrainParams(**FORMS, vgg_px=24, precision=precision), 3)
        found = [
            on(device, batch) for batch in batches(views_of(networks), 0, model.get("size", 32))
        ]
        if replayed:
            losses = learn(networks, ReplayedStep(step, record), found)
        else:
            rate = torch.empty((), device=device)

            @without_waiting
            def take(
                batch: Batch, learning_rate: float, seen: int, take: Any = step, rate: Tensor = rate
            ) -> dict[str, Tensor]:
                return take(batch, rate.fill_(learning_rate), seen)

            losses = learn(networks, take, found)
        nets = (networks.generators, networks.discriminator)
        weights = [one.detach().clone() for net in nets for one in net.parameters()]
        results.append((losses, weights))
    (plain, weights), (mine, my_weights) = results
    for one, other in zip(plain, mine, strict=True):
        assert all(torch.equal(one[name], other[name]) for name in one)
    assert all(map(torch.equal, weights, my_weights))
    assert len(recorded) == 3


def on(device: torch.device, batch: Batch) -> Batch:
    return Batch([one.to(device) for one in batch.sketches], batch.photos.to(device))
