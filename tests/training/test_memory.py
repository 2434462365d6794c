"""What does not fit is tried in smaller parts, or told in words that help."""

from collections.abc import Callable

import pytest
import torch

from facepencil.config.train import TrainParams
from facepencil.data.stream import Batch
from facepencil.device import prepare_device
from facepencil.training.memory import (
    DoesNotFitError,
    choose_micro_batch,
    telling_what_to_lower,
    undone,
)
from facepencil.training.step import AdversarialStep, Networks
from tests.training.test_elsewhere import batch_on, onto

FULL = "CUDA out of memory. Tried to allocate 2.00 GiB.\nMore of the same"


@pytest.mark.parametrize(
    ("share", "fits", "expected", "tried"),
    [
        (8, 8, 8, [8]),
        (8, 3, 2, [8, 4, 2]),
        (5, 3, 3, [5, 3]),
        (8, 0, 1, [8, 4, 2]),
        (1, 0, 1, []),
    ],
)
def test_auto_is_the_first_that_fits_of_the_batch_its_half_and_so_on(
    share: int, fits: int, expected: int, tried: list[int]
) -> None:
    found: list[int] = []

    def trial(photos: int) -> None:
        found.append(photos)
        if photos > fits:
            raise torch.OutOfMemoryError(FULL)

    assert choose_micro_batch("auto", share, True, trial) == expected
    assert found == tried


def test_nothing_is_tried_on_the_cpu_or_where_a_number_is_given() -> None:
    def trial(photos: int) -> None:
        raise AssertionError(photos)

    assert choose_micro_batch("auto", 8, False, trial) == 8
    assert choose_micro_batch(4, 8, True, trial) == 4
    assert choose_micro_batch(16, 8, True, trial) == 8


@pytest.mark.parametrize(
    ("photos", "key"), [(4, r"train\.micro_batch \(here 4"), (1, r"model\.size or model\.channels")]
)
def test_an_exhausted_memory_says_what_to_lower(photos: int, key: str) -> None:
    with (
        pytest.raises(DoesNotFitError, match=rf"memory of cpu: lower {key}.*2\.00 GiB\.$"),
        telling_what_to_lower(photos, torch.device("cpu")),
    ):
        raise torch.OutOfMemoryError(FULL)


def test_a_trial_leaves_no_trace(build: Callable[..., Networks]) -> None:
    """Neither in weights and buffers, nor in gradients, nor in random numbers."""
    networks = build(discriminator_norm="spectral")
    nets = (networks.generators, networks.discriminator)
    before = [{name: value.clone() for name, value in net.state_dict().items()} for net in nets]
    random = torch.get_rng_state()
    batch = Batch([torch.rand(2, 1, 32, 32)] * 2, torch.rand(2, 3, 32, 32))
    torch.set_rng_state(random)
    with undone(networks):
        AdversarialStep(networks, TrainParams(vgg_px=8), 3)(batch, 1e-2)
        assert not torch.equal(torch.get_rng_state(), random)
        changed = nets[0].state_dict()
        assert any(not torch.equal(changed[name], value) for name, value in before[0].items())
    assert torch.equal(torch.get_rng_state(), random)
    for net, kept in zip(nets, before, strict=True):
        assert all(torch.equal(value, kept[name]) for name, value in net.state_dict().items())
        assert all(one.grad is None for one in net.parameters())


@pytest.mark.cuda
def test_on_a_gpu_it_finds_what_fits_and_says_what_to_lower(build: Callable[..., Networks]) -> None:
    device = prepare_device(1, "float32")
    train = TrainParams(batch=64)
    networks = onto(device, build(size=64))
    batch = batch_on(device, 2, count=64, size=64)

    def take(photos: int) -> None:
        with undone(networks):
            AdversarialStep(networks, train, 3, micro_batch=photos)(batch, 1e-4)

    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    take(64)
    whole = torch.cuda.max_memory_allocated()
    total = torch.cuda.get_device_properties(device).total_memory
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(0.75 * whole / total)
    try:
        assert choose_micro_batch("auto", 64, True, take) in (16, 32)
        with (
            pytest.raises(DoesNotFitError, match=rf"memory of {device}: lower train\.micro_batch"),
            telling_what_to_lower(64, device),
        ):
            take(64)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
