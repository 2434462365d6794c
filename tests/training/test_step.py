from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from facepencil.config.train import TrainParams
from facepencil.data.stream import Batch
from facepencil.tensors import photo_tensor
from facepencil.training.losses import gradient_penalty
from facepencil.training.schedule import StageNumber
from facepencil.training.step import AdversarialStep, Networks
from tests.fixtures.faces import FaceMaker

Build = Callable[..., Networks]


@pytest.fixture(scope="module")
def batch(make_faces: FaceMaker) -> Batch:
    photos = photo_tensor(np.stack(list(make_faces(32).values())[:4]))
    random = torch.Generator().manual_seed(1)
    lines = [(torch.rand(4, 1, 32, 32, generator=random) > 0.9).float() for _ in range(2)]
    return Batch(lines, photos)


def weights_of(net: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in net.state_dict().items()}


def moved(before: dict[str, Tensor], net: nn.Module) -> set[str]:
    return {name for name, now in net.state_dict().items() if not torch.equal(now, before[name])}


@pytest.mark.parametrize("model", [{}, {"kind": "single", "sap": False}, {"shared": False}])
def test_losses_fall_on_one_batch(build: Build, batch: Batch, model: dict[str, Any]) -> None:
    networks = build(**model)
    step = AdversarialStep(networks, TrainParams(batch=4), 3)
    views = 1 if networks.generators.auxiliary is None else 2
    seen = Batch(batch.sketches[:views], batch.photos)
    losses = [step(seen, 5e-3) for _ in range(12)]
    for name in ("l1", "vgg"):
        assert losses[-1][name] < 0.9 * losses[0][name]


@pytest.mark.parametrize("model", [{}, {"kind": "single", "sap": False}])
def test_what_is_told_is_heard(build: Build, batch: Batch, model: dict[str, Any]) -> None:
    networks = build(level_told=True, **model)
    step = AdversarialStep(networks, TrainParams(batch=4), 3)
    told = [torch.zeros(4, 1), torch.ones(4, 1)]
    views = 1 if networks.generators.auxiliary is None else 2
    step(Batch(batch.sketches[:views], batch.photos, told[-views:]), 5e-3)
    painter = networks.generators.painter.eval()
    first, second = (painter(batch.sketches[0], one).image for one in told)
    assert not torch.equal(first, second)


@pytest.mark.parametrize(
    ("stage", "still"),
    [(1, "main.encoder"), (1, "main.pooling"), (2, "auxiliary"), (2, "main.trunk")],
)
def test_a_stage_moves_its_own_parts(
    build: Build, batch: Batch, stage: StageNumber, still: str
) -> None:
    networks = build()
    before = weights_of(networks.generators)
    judge = weights_of(networks.discriminator)
    AdversarialStep(networks, TrainParams(batch=4), stage)(batch, 2e-4)
    changed = moved(before, networks.generators)
    assert changed and not [name for name in changed if name.startswith(still)]
    assert moved(judge, networks.discriminator) == set(judge)


def test_one_pass_of_d_gives_the_gradients_of_three(build: Build, batch: Batch) -> None:
    """Against the plain form: D on reals, on detached fakes, and again for the painters."""
    train = TrainParams(batch=4, vgg_weight=0)
    networks, plain = build(), build()
    AdversarialStep(networks, train, 3)(batch, 0.0)
    judging, painting = plain_losses(plain, batch, train)
    sides = (
        (judging, plain.discriminator, networks.discriminator),
        (painting, plain.generators, networks.generators),
    )
    for loss, reference, net in sides:
        names = [name for name, one in reference.named_parameters() if one.requires_grad]
        expected = torch.autograd.grad(
            loss, [reference.get_parameter(name) for name in names], retain_graph=True
        )
        for name, gradient in zip(names, expected, strict=True):
            found = net.get_parameter(name).grad
            assert found is not None
            torch.testing.assert_close(found, gradient, rtol=2e-3, atol=2e-6, msg=name)


def plain_losses(networks: Networks, batch: Batch, train: TrainParams) -> tuple[Tensor, Tensor]:
    judge, photos = networks.discriminator, batch.photos
    painted = [
        networks.generators.auxiliary(batch.sketches[0]),  # type: ignore[misc]
        networks.generators.main(batch.sketches[1]),
    ]
    judging, painting = photos.new_zeros(()), photos.new_zeros(())
    for sketch, one in zip(batch.sketches, painted, strict=True):
        real, fake = judge(sketch, photos), judge(sketch, one.image.detach())
        fooled = judge(sketch, one.image)
        for a, b, c in zip(real, fake, fooled, strict=True):
            scales = len(real)
            judging += ((a[-1] - 1).square().mean() + b[-1].square().mean()) / 2 / scales / 2
            painting += (c[-1] - 1).square().mean() * train.gan_weight / scales
            for theirs, mine in zip(a[:-1], c[:-1], strict=True):
                matching = (theirs.detach() - mine).abs().mean()
                painting += matching * train.dfm_weight / scales / len(a[:-1])
        painting += (one.image - photos).abs().mean() * train.l1_weight
    first, second = (one.features["residual"] for one in painted)
    for a, b in zip(first, second, strict=True):
        painting += (a - b).abs().mean() * train.gfm_weight / len(first)
    return judging, painting


def judged_alone(**options: Any) -> TrainParams:
    """Only what D says moves the painters."""
    nothing = {"l1_weight": 0, "vgg_weight": 0, "gfm_weight": 0}
    return TrainParams(batch=4, **nothing, **options)


@pytest.mark.parametrize("heads", [0, 4])
def test_the_released_defect_leaves_g_m_without_a_judge(
    build: Build, batch: Batch, heads: int
) -> None:
    for defect in (False, True):
        networks = build(shared=False, discriminator_heads=heads)
        AdversarialStep(networks, judged_alone(released_defect=defect), 3)(batch, 2e-4)
        gradients = [one.grad for one in networks.generators.main.parameters()]
        silent = all(one is None or not one.any() for one in gradients)
        assert silent == defect


@pytest.mark.parametrize(("real_pairs", "count"), [("both", 2), ("aligned", 1)])
def test_heads_judge_every_pair_by_its_own_sketch_and_image(
    build: Build, batch: Batch, real_pairs: Literal["both", "aligned"], count: int
) -> None:
    networks = build(discriminator_heads=4)
    train = TrainParams(batch=4, real_pairs=real_pairs, vgg_px=32)
    step = AdversarialStep(networks, train, 3)
    heads = networks.discriminator.heads
    assert heads is not None
    heads.eval()
    painted = step._paint(batch)
    vgg = step._look(batch.photos, painted)
    assert vgg is not None
    real, fake = step._judge_by_heads(batch, vgg)
    images = [batch.photos] * count + [one.image for one in painted]
    sketches = [*batch.sketches[:count], *batch.sketches]
    pairs = zip(sketches, images, strict=True)
    expected = [heads([(sketch, networks.vgg.features(image))]) for sketch, image in pairs]
    for level, found in enumerate(zip(real, fake, strict=True)):
        alone = [one[level] for one in expected]
        torch.testing.assert_close(found[0][-1], torch.cat(alone[:count]))
        torch.testing.assert_close(found[1][-1], torch.cat(alone[count:]))


def test_detached_gfm_leaves_g_a_alone(build: Build, batch: Batch) -> None:
    for detach in (False, True):
        networks = build(shared=False)
        train = TrainParams(
            batch=4, gan_weight=0, dfm_weight=0, l1_weight=0, vgg_weight=0, gfm_detach=detach
        )
        AdversarialStep(networks, train, 3)(batch, 2e-4)
        assert networks.generators.auxiliary is not None
        gradients = [one.grad for one in networks.generators.auxiliary.parameters()]
        silent = all(one is None or not one.any() for one in gradients)
        assert silent == detach


def test_reals_may_be_aligned_pairs_alone(build: Build, batch: Batch) -> None:
    """Then the photo with the deformed sketch must not matter to D's loss of reals."""
    other = Batch([batch.sketches[0], batch.sketches[1].flip(3)], batch.photos)
    for pairs, same in (("both", False), ("aligned", True)):
        networks = build()
        step = AdversarialStep(networks, TrainParams(batch=4, real_pairs=pairs), 3)
        reals = [step._judge(one, step._paint(one))[0] for one in (batch, other)]
        alike = all(
            torch.equal(a, b)
            for scales in zip(*reals, strict=True)
            for a, b in zip(*scales, strict=True)
        )
        assert alike == same


def test_d_comes_in_after_so_many_photos(build: Build, batch: Batch) -> None:
    networks, alone = build(), build()
    before = weights_of(networks.discriminator)
    step = AdversarialStep(networks, TrainParams(batch=4, gan_from=8), 3)
    losses = step(batch, 2e-4, seen=4)
    assert losses.keys() == {"painter", "l1", "vgg", "gfm"}
    assert not moved(before, networks.discriminator)
    AdversarialStep(alone, TrainParams(batch=4, gan_weight=0, dfm_weight=0), 3)(batch, 2e-4)
    assert not moved(weights_of(alone.generators), networks.generators)
    assert step(batch, 2e-4, seen=8).keys() > {"discriminator", "gan", "dfm"}
    assert moved(before, networks.discriminator) == set(before)


def test_r1_comes_now_and_then_and_counts_for_the_steps_between(build: Build, batch: Batch) -> None:
    gradients = []
    for options in ({}, {"r1_weight": 3.0, "r1_every": 2}):
        networks = build()
        step = AdversarialStep(networks, TrainParams(batch=4, **options), 3)
        losses = step(batch, 0.0, seen=8)
        gradients.append([one.grad.clone() for one in networks.discriminator.parameters()])  # type: ignore[union-attr]
        assert ("r1" in losses) == bool(options)
        assert "r1" not in step(batch, 0.0, seen=12)
    judge = build().discriminator
    sketches, photos = torch.cat(list(batch.sketches)), torch.cat([batch.photos] * 2)
    penalty = gradient_penalty(judge, sketches, photos)
    slopes = torch.autograd.grad(penalty, list(judge.parameters()), allow_unused=True)
    for plain, found, slope in zip(*gradients, slopes, strict=True):
        added = torch.zeros_like(plain) if slope is None else 6 * slope
        torch.testing.assert_close(found - plain, added, rtol=1e-3, atol=1e-6)
    assert losses["r1"].item() == pytest.approx(penalty.item(), rel=1e-4)


ALL = {"r1_weight": 3.0, "r1_every": 1, "vgg_px": 24}


@pytest.mark.parametrize("photos", [2, 3])
@pytest.mark.parametrize(
    "model",
    [
        {"discriminator_norm": "spectral"},
        {"shared": False},
        {"kind": "single", "sap": False},
        {"discriminator_heads": 4},
    ],
)
def test_in_parts_it_learns_what_it_learns_at_once(
    build: Build, batch: Batch, model: dict[str, Any], photos: int
) -> None:
    """Gradients, losses and the buffers of spectral norm, to 1e-5 of the largest value."""
    found = []
    for micro in (None, photos):
        networks = build(**model)
        views = 1 if networks.generators.auxiliary is None else 2
        step = AdversarialStep(networks, TrainParams(batch=4, **ALL), 3, micro_batch=micro)
        torch.manual_seed(0)
        losses = step(Batch(batch.sketches[:views], batch.photos), 0.0)
        nets = (networks.generators, networks.discriminator)
        slopes = {
            f"{n} {name}": one.grad
            for n, net in enumerate(nets)
            for name, one in net.named_parameters()
        }
        buffers = dict(networks.discriminator.named_buffers())
        found.append((losses, slopes, buffers))
    for whole, parts in zip(*found, strict=True):
        assert whole.keys() == parts.keys()
        for name, value in whole.items():
            assert (value is None) == (parts[name] is None), name
            if value is not None:
                scale = value.abs().max().item()
                torch.testing.assert_close(
                    parts[name], value, rtol=0, atol=1e-5 * max(scale, 1), msg=name
                )


def test_float16_scales_its_losses_and_takes_no_broken_step(build: Build, batch: Batch) -> None:
    """With a scaler of the CPU: what CUDA's arithmetic gives is not measured here."""
    networks, plain = build(), build()
    step = AdversarialStep(networks, TrainParams(batch=4, precision="float16"), 3)
    AdversarialStep(plain, TrainParams(batch=4), 3)(batch, 2e-4)
    before = weights_of(networks.generators)
    assert step.scaler.is_enabled()
    step.scaler.scale(torch.zeros(()))
    step.scaler.update(2.0**60)
    step(batch, 2e-4)
    assert not moved(before, networks.generators)
    assert step.scaler.get_scale() == 2.0**59
    step.scaler.update(1024.0)
    step(batch, 2e-4)
    assert moved(before, networks.generators) == moved(before, plain.generators)
