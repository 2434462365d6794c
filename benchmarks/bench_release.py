"""Painting and a training step of two generators beside the forms of the release, in turn.

python -m benchmarks.bench_release: sizes of presets/paper.yaml at 256 px, float32, two threads,
one photo, random weights, VGG16 sees all; by the processor's clock, which other work does not slow
much. Then the operations of both steps, and what would be left if pooling took none.
"""

import statistics
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.reference.release import PlainStep, plain_networks
from facepencil.config.model import ModelParams
from facepencil.config.params import Params, load_params
from facepencil.data.stream import Batch
from facepencil.device import prepare_device
from facepencil.networks.classifier import DeformationClassifier
from facepencil.networks.discriminator import MultiScaleDiscriminator
from facepencil.networks.generator import build_generators
from facepencil.networks.sap import SpatialAttentionPooling
from facepencil.networks.told import numbers_told
from facepencil.pretrained.vgg import VggFeatures
from facepencil.training.step import AdversarialStep, Networks
from pipeline import layout

ROUNDS = 3
THREADS = 2


def seconds(act: Callable[[], object]) -> float:
    """Processor time of one call."""
    begun = time.process_time()
    act()
    return time.process_time() - begun


def compare(name: str, ours: Callable[[], object], theirs: Callable[[], object]) -> None:
    """Medians over rounds, after one that is not counted."""
    ours(), theirs()
    times = [(seconds(ours), seconds(theirs)) for _ in range(ROUNDS)]
    mine, reference = (statistics.median(column) for column in zip(*times, strict=True))
    print(
        f"{name}: {mine:.2f} s of processor, the release's form {reference:.2f} s, "
        f"ratio {reference / mine:.1f} x",
        flush=True,
    )


@torch.no_grad()
def compare_painting(ours: nn.Module, theirs: nn.Module, sketch: Tensor, full: bool) -> None:
    """With attention at full size, where both paint the same to 1e-4, or at half size."""
    ours.pooling.full = full
    if full:
        torch.testing.assert_close(ours(sketch).image, theirs(sketch).image, atol=1e-4, rtol=0)
    size = "full" if full else "half"
    compare(f"painting, attention at {size} size", lambda: ours(sketch), lambda: theirs(sketch))


def count(act: Callable[[], object]) -> float:
    """TFLOP of one call's convolutions."""
    with FlopCounterMode(display=False) as counter:
        act()
    return counter.get_total_flops() / 1e12


def compare_operations(
    ours: Callable[[], object], theirs: Callable[[], object], pooling: SpatialAttentionPooling
) -> None:
    """How many operations a step takes, and could take if pooling were free."""
    mine, reference = count(ours), count(theirs)
    with patch.object(pooling, "forward", lambda sketch: sketch.repeat(1, pooling.channels, 1, 1)):
        least = count(ours)
    print(
        f"operations of a step: {mine:.2f} TFLOP, the release's form {reference:.2f}, ratio "
        f"{reference / mine:.1f} x; with pooling for nothing {reference / least:.1f} x"
    )


def build_networks(params: Params) -> Networks:
    """Generators and D with random weights, and VGG16 of a finished stage `weights`."""
    return Networks(
        build_generators(params.model, DeformationClassifier(params.classifier.channels)),
        MultiScaleDiscriminator(params.model),
        VggFeatures(layout.weights("vgg16_lpips.ckpt"), params.train.vgg_pool),
    )


def random_batch(model: ModelParams, count: int = 1) -> Batch:
    """Photos of noise, with scattered dots for either sketch, and noise for what is told."""
    size, told = model.size, numbers_told(model)
    sketches = [(torch.rand(count, 1, size, size) > 0.97).float() for _ in range(2)]
    photos = torch.rand(count, 3, size, size) * 2 - 1
    return Batch(sketches, photos, [torch.rand(count, told)] * 2 if told else None)


def main() -> None:
    """Wants a finished stage `weights` in the repository's root."""
    params = load_params(Path("presets/paper.yaml"))
    warnings.filterwarnings("ignore", "input's size at dim=1")
    prepare_device(THREADS, "float32")
    torch.manual_seed(0)
    ours = build_networks(params)
    theirs = plain_networks(ours)
    batch = random_batch(params.model)
    for full in (True, False):
        compare_painting(ours.generators.main, theirs.generators.main, batch.sketches[1], full)
    train = params.train.model_copy(update={"precision": "float32"})
    step, plain_step = AdversarialStep(ours, train, 3), PlainStep(theirs, train)
    both = partial(step, batch, 2e-4), partial(plain_step, batch)
    compare("step, attention at half size", *both)
    compare_operations(*both, ours.generators.main.pooling)


if __name__ == "__main__":
    main()
