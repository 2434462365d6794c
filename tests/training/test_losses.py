"""Each loss against the formula of its paper, computed another way."""

from typing import Any

import pytest
import torch
from torch import nn

from facepencil.config.model import ModelParams
from facepencil.networks.discriminator import MultiScaleDiscriminator
from facepencil.training.losses import (
    adversarial,
    feature_matching,
    generator_feature_matching,
    gradient_penalty,
)

SHAPES = [[(2, 3, 6, 6), (2, 1, 4, 4)], [(2, 3, 3, 3), (2, 1, 2, 2)]]


def some_maps(seed):
    generator = torch.Generator().manual_seed(seed)
    return [[torch.randn(shape, generator=generator) for shape in scale] for scale in SHAPES]


def toward(kind, value):
    """Mean distance of logits from "real" (1) or "painted" (0), by torch's own modules."""
    loss = {"lsgan": nn.MSELoss(), "vanilla": nn.BCEWithLogitsLoss()}[kind]
    return lambda logits: loss(logits, torch.full_like(logits, value)).item()


def average(loss, maps):
    return sum(loss(scale[-1]) for scale in maps) / len(maps)


@pytest.mark.parametrize("kind", ["lsgan", "vanilla"])
def test_adversarial_losses_are_torchs(kind):
    gan, real, fake = adversarial(kind), some_maps(0), some_maps(1)
    expected = (average(toward(kind, 1.0), real) + average(toward(kind, 0.0), fake)) / 2
    assert gan.discriminator(real, fake).item() == pytest.approx(expected, rel=1e-5)
    assert gan.generator(fake).item() == pytest.approx(average(toward(kind, 1.0), fake), rel=1e-5)


def test_hinge_is_the_formula():
    gan, real, fake = adversarial("hinge"), some_maps(0), some_maps(1)
    on_real = average(lambda x: sum(max(0, 1 - v) for v in x.flatten().tolist()) / x.numel(), real)
    on_fake = average(lambda x: sum(max(0, 1 + v) for v in x.flatten().tolist()) / x.numel(), fake)
    assert gan.discriminator(real, fake).item() == pytest.approx((on_real + on_fake) / 2, rel=1e-5)
    expected = -average(lambda x: x.mean().item(), fake)
    assert gan.generator(fake).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("kind", ["lsgan", "hinge", "vanilla"])
def test_adversarial_gradients_point_the_right_way(kind):
    logits = [[torch.full((2, 1, 3, 3), 0.5, requires_grad=True)]]
    gan = adversarial(kind)
    (toward_real,) = torch.autograd.grad(gan.generator(logits), logits[0][0])
    assert (toward_real < 0).all()
    (away,) = torch.autograd.grad(gan.discriminator([[torch.zeros(1)]], logits), logits[0][0])
    assert (away > 0).all()


def test_feature_matching_averages_layers_then_scales_and_leaves_logits_out():
    real, fake = some_maps(0), some_maps(1)
    expected = sum(
        sum((a - b).abs().mean().item() for a, b in zip(one[:-1], two[:-1], strict=True))
        / len(one[:-1])
        for one, two in zip(real, fake, strict=True)
    ) / len(real)
    assert feature_matching(real, fake).item() == pytest.approx(expected, rel=1e-5)
    real[0][-1] += 9
    assert feature_matching(real, fake).item() == pytest.approx(expected, rel=1e-5)


def test_feature_matching_moves_only_the_painted_side():
    real, fake = some_maps(0), some_maps(1)
    for one in (real[0][0], fake[0][0]):
        one.requires_grad_()
    feature_matching(real, fake).backward()
    assert real[0][0].grad is None and fake[0][0].grad.any()


@pytest.mark.parametrize("detach", [False, True])
def test_generator_feature_matching_is_l1_both_ways_unless_detached(detach):
    main, auxiliary = (
        [torch.randn(2, 4, 3, 3, requires_grad=True) for _ in range(4)] for _ in range(2)
    )
    loss = generator_feature_matching(main, auxiliary, detach=detach)
    expected = sum((a - b).abs().mean() for a, b in zip(main, auxiliary, strict=True)) / 4
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    loss.backward()
    assert all(one.grad.any() for one in main)
    assert all((one.grad is None) is detach for one in auxiliary)


def test_maps_of_unequal_number_are_an_error():
    with pytest.raises(ValueError):
        generator_feature_matching([torch.ones(1)], [])
    with pytest.raises(ValueError):
        feature_matching(some_maps(0), some_maps(0)[:1])


TINY: dict[str, Any] = {
    "discriminator_channels": 2,
    "discriminator_layers": 2,
    "discriminator_scales": 2,
    "discriminator_heads": 0,
}


@pytest.mark.parametrize("options", [{}, {"discriminator_norm": "spectral"}])
def test_r1_is_half_of_the_squared_slope(options):
    """By differences in two directions, photo by photo."""
    torch.manual_seed(0)
    model = ModelParams(**TINY, **options)
    judge = MultiScaleDiscriminator(model).double().eval()
    sketches, photos = torch.rand(2, 1, 8, 8).double(), torch.rand(2, 3, 8, 8).double()

    def logit(sketch, photo):
        return sum(maps[-1].mean() for maps in judge(sketch[None], photo[None])) / 2

    with torch.no_grad():
        squares = [
            ((logit(sketch, photo + step) - logit(sketch, photo - step)) / 2e-5) ** 2
            for sketch, photo in zip(sketches, photos, strict=True)
            for step in 1e-5 * torch.eye(photo.numel()).double().view(-1, 3, 8, 8)
        ]
    found = gradient_penalty(judge, sketches, photos)
    assert found.item() == pytest.approx(sum(squares).item() / 2 / 2, rel=1e-4)


@pytest.mark.parametrize("norm", ["instance", "spectral"])
def test_r1_moves_d_as_differences_say(norm):
    torch.manual_seed(0)
    model = ModelParams(**TINY, discriminator_norm=norm)
    judge = MultiScaleDiscriminator(model).double().eval()
    sketches, photos = torch.rand(2, 1, 8, 8).double(), torch.rand(2, 3, 8, 8).double()
    weight = next(one for one in judge.parameters() if one.dim() == 4)
    (slope,) = torch.autograd.grad(gradient_penalty(judge, sketches, photos), weight)
    for place in ((0, 0, 1, 1), (1, 2, 3, 0)):
        values = []
        for step in (1e-5, -2e-5):
            weight.data[place] += step
            values.append(gradient_penalty(judge, sketches, photos).item())
        weight.data[place] += 1e-5
        assert slope[place].item() == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-3)
