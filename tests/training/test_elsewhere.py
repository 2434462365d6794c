"""The step as a GPU would run it, as far as the CPU can show.

Tensors without data (device `meta`) take the same way through the code as those on CUDA.
"""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from facepencil import exact
from facepencil.config.train import TrainParams
from facepencil.data.stream import Batch
from facepencil.device import prepare_device
from facepencil.networks import blocks
from facepencil.training.step import AdversarialStep, Networks

Build = Callable[..., Networks]
META = torch.device("meta")

INEXACT = {
    "adaptive_avg_pool2d_backward",
    "grid_sampler_2d_backward",
    "max_pool2d_with_indices_backward",
    "nll_loss2d_forward",
    "reflection_pad2d_backward",
    "replication_pad2d_backward",
    "scatter_add",
    "scatter_reduce",
    "upsample_bicubic2d_backward",
    "upsample_bilinear2d_backward",
}
"""Operations whose order of addition changes from run to run on CUDA, by torch's documentation of
`use_deterministic_algorithms` and by the sources of its kernels."""

READS = {"_local_scalar_dense", "is_nonzero", "nonzero", "equal", "unique", "item"}
"""Operations that wait for the GPU."""


class Seen(TorchDispatchMode):
    """Notes the names of all operations."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(  # type: ignore[no-untyped-def]
        self, func, types, args=(), kwargs=None
    ):
        self.names.append(func._schema.name.removeprefix("aten::").removesuffix("_"))
        return func(*args, **(kwargs or {}))


def batch_on(device: torch.device, views: int, count: int = 4, size: int = 32) -> Batch:
    torch.manual_seed(1)
    photos = torch.rand(count, 3, size, size) * 2 - 1
    sketches = [(torch.rand(count, 1, size, size) > 0.9).float().to(device) for _ in range(views)]
    return Batch(sketches, photos.to(device))


def views_of(networks: Networks) -> int:
    """Sketches of a photo that its painters see."""
    return 1 if networks.generators.auxiliary is None else 2


def without_waiting(act: Callable[..., Any]) -> Callable[..., Any]:
    """Where reading anything from the GPU is an error."""

    def watched(*given: Any) -> Any:
        torch.cuda.set_sync_debug_mode("error")
        try:
            return act(*given)
        finally:
            torch.cuda.set_sync_debug_mode("default")

    return watched


def onto(device: torch.device, networks: Networks) -> Networks:
    """The networks on a device; VGG16, which all tests share, in a copy."""
    vgg = copy.deepcopy(networks.vgg).to(device)
    return Networks(networks.generators.to(device), networks.discriminator.to(device), vgg)


def operations(networks: Networks, device: torch.device, **train: Any) -> list[str]:
    """Of two steps, the first of which makes the optimizers' averages."""
    networks = onto(device, networks)
    batch = batch_on(device, views_of(networks))
    with Seen() as seen:
        step = AdversarialStep(networks, TrainParams(batch=4, vgg_px=24, **train), 3)
        # The fused form, which CUDA has too, knows no tensors without data.
        for optimizer in step.optimizers if device == META else ():
            optimizer.param_groups[0].update(fused=False, foreach=True)
            optimizer.defaults.update(fused=False)
        for _ in range(2):
            step(batch, 1e-4)
    return seen.names


MODELS = [
    ({}, {}),
    ({"upsample": "transposed", "discriminator_down": "blur"}, {"vgg_pool": "average"}),
    ({"kind": "unet", "sap": False}, {"gan": "vanilla"}),
    (
        {"discriminator_norm": "spectral", "attention_size": "full"},
        {"r1_weight": 1.0, "r1_every": 1},
    ),
    (
        {
            "classifier_trainable": True,
            "sap_widths": [1, 5],
            "decoder_norm": "layer",
        },
        {"gan": "hinge", "gfm_layers": "encoder"},
    ),
]


@pytest.mark.parametrize(("model", "train"), [*MODELS, ({"discriminator_heads": 4}, {})])
def test_no_operation_of_a_step_adds_in_an_order_that_changes(
    build: Build, model: dict[str, Any], train: dict[str, Any]
) -> None:
    names = set(operations(build(**model), META, **train))
    assert "convolution_backward" in names
    assert not names & INEXACT


def test_the_forms_of_the_cpu_would_be_noticed(build: Build) -> None:
    names = set(operations(build(), torch.device("cpu")))
    assert names & INEXACT == {"reflection_pad2d_backward", "max_pool2d_with_indices_backward"}
    assert not names & READS


@pytest.mark.parametrize(("model", "train"), MODELS)
def test_both_forms_learn_the_same(
    build: Build, monkeypatch: pytest.MonkeyPatch, model: dict[str, Any], train: dict[str, Any]
) -> None:
    """Losses, and gradients of the painters and of D, with the other form computed on the CPU.

    In 64 bits, since flat maps magnify what 32 round; without VGG16, which has only 32.
    """
    quick = learned(build(**model), torch.device("cpu"), train)
    for module in (exact, blocks):
        monkeypatch.setattr(module, "on_cpu", lambda x: False)
    assert_alike(quick, learned(build(**model), torch.device("cpu"), train))


def learned(
    networks: Networks, device: torch.device, train: dict[str, Any]
) -> list[dict[str, Tensor]]:
    """Losses of a step in 64 bits, and the gradients of the painters and of D."""
    networks.generators.double().to(device)
    networks.discriminator.double().to(device)
    seen = batch_on(device, views_of(networks))
    batch = Batch([one.double() for one in seen.sketches], seen.photos.double())
    step = AdversarialStep(networks, TrainParams(batch=4, vgg_weight=0, **train), 3)
    torch.manual_seed(0)
    losses = step(batch, 0.0)
    return [losses, slopes(networks.generators), slopes(networks.discriminator)]


def assert_alike(expected: list[dict[str, Tensor]], found: list[dict[str, Tensor]]) -> None:
    for mine, theirs in zip(expected, found, strict=True):
        for name, value in mine.items():
            scale = max(value.abs().max().item(), 1e-3)
            torch.testing.assert_close(
                theirs[name].cpu(),
                value,
                rtol=0,
                atol=1e-5 * scale,
                msg=lambda text, name=name: f"{name}: {text}",
            )


def slopes(net: nn.Module) -> dict[str, Tensor]:
    return {name: one.grad for name, one in net.named_parameters() if one.grad is not None}


@pytest.mark.cuda
@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize(("model", "train"), MODELS)
def test_a_step_on_cuda_is_repeatable_and_never_waits(
    build: Build, model: dict[str, Any], train: dict[str, Any], precision: str
) -> None:
    device = prepare_device(1, "float32")
    losses = []
    for _ in range(2):
        networks = onto(device, build(**model))
        step = AdversarialStep(networks, TrainParams(batch=4, precision=precision, **train), 3)
        torch.manual_seed(0)
        batch = batch_on(device, views_of(networks))
        step(batch, 1e-4)
        losses.append(without_waiting(step)(batch, 1e-4))
    assert all(torch.equal(losses[0][name], losses[1][name]) for name in losses[0])


@pytest.mark.cuda
@pytest.mark.parametrize(("model", "train"), MODELS)
def test_a_gpu_learns_what_the_cpu_learns(
    build: Build, model: dict[str, Any], train: dict[str, Any]
) -> None:
    """In 64 bits, as above."""
    expected = learned(build(**model), torch.device("cpu"), train)
    device = prepare_device(1, "float32")
    assert_alike(expected, learned(build(**model), device, train))
