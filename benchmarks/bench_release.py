"""Painting and a training step of two generators beside the forms of the release, in turn.

python -m benchmarks.bench_release: sizes of presets/paper.yaml at 256 px, float32, two threads,
one photo, random weights, VGG16 sees all; by the processor's clock, which other work does not slow
much.
"""

import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.reference.release import PlainStep, plain_networks
from facepencil.config.params import Params, load_params
from facepencil.data.stream import Batch
from facepencil.device import prepare_device
from facepencil.networks.classifier import DeformationClassifier
from facepencil.networks.discriminator import MultiScaleDiscriminator
from facepencil.networks.generator import build_generators
from facepencil.pretrained.vgg import VggDistance
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


def build_networks(params: Params) -> Networks:
    """Generators and D with random weights, and VGG16 of a finished stage `weights`."""
    return Networks(
        build_generators(params.model, DeformationClassifier(params.classifier.channels)),
        MultiScaleDiscriminator(params.model),
        VggDistance(layout.weights("vgg16_lpips.ckpt"), params.train.vgg_pool),
    )


def random_batch(size: int, count: int = 1) -> Batch:
    """Photos of noise, with scattered dots for either sketch."""
    sketches = [(torch.rand(count, 1, size, size) > 0.97).float() for _ in range(2)]
    return Batch(sketches, torch.rand(count, 3, size, size) * 2 - 1)


def main() -> None:
    """Wants a finished stage `weights` in the repository's root."""
    params = load_params(Path("presets/paper.yaml"))
    warnings.filterwarnings("ignore", "input's size at dim=1")
    prepare_device(THREADS, "float32")
    torch.manual_seed(0)
    ours = build_networks(params)
    theirs = plain_networks(ours)
    batch = random_batch(params.model.size)
    for full in (True, False):
        compare_painting(ours.generators.main, theirs.generators.main, batch.sketches[1], full)
    train = params.train.model_copy(update={"precision": "float32"})
    step, plain_step = AdversarialStep(ours, train, 3), PlainStep(theirs, train)
    compare("step, attention at half size", lambda: step(batch, 2e-4), lambda: plain_step(batch))


if __name__ == "__main__":
    main()
