"""The arithmetic of a training at the sizes of presets/paper.yaml, as torch counts it.

python -m benchmarks.bench_paper: takes a real step of each of the three stages of training, one
photo at 256 px, and counts its operations and CPU seconds; then those of all photos. The hours of
a GPU are a matter of the speed that it keeps up.
"""

import time
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from facepencil.config.params import load_params
from facepencil.data.stream import Batch
from facepencil.device import prepare_device
from facepencil.networks.classifier import DeformationClassifier
from facepencil.networks.discriminator import MultiScaleDiscriminator
from facepencil.networks.generator import build_generators
from facepencil.pretrained.vgg import VggDistance
from facepencil.training.step import AdversarialStep, Networks, StageNumber
from pipeline import layout

STAGES: tuple[StageNumber, ...] = (1, 2, 3)
SUSTAINED = (20, 100)
"""TFLOP/s that a GPU may keep up, between which hours are told."""


def main() -> None:
    """Wants a finished stage `weights` in the repository's root."""
    params = load_params(Path("presets/paper.yaml"))
    prepare_device(2, "float32")
    model = params.model
    networks = Networks(
        build_generators(model, DeformationClassifier(params.classifier.channels)),
        MultiScaleDiscriminator(model),
        VggDistance(layout.weights("vgg16_lpips.ckpt"), params.train.vgg_pool),
    )
    train = params.train.model_copy(update={"precision": "float32"})
    sketches = [(torch.rand(1, 1, model.size, model.size) > 0.97).float() for _ in range(2)]
    batch = Batch(sketches, torch.rand(1, 3, model.size, model.size) * 2 - 1)
    total = 0.0
    for stage, photos in zip(STAGES, train.stages, strict=True):
        step, begun = AdversarialStep(networks, train, stage), time.process_time()
        with FlopCounterMode(display=False) as counter:
            step(batch, train.learning_rate)
        count = counter.get_total_flops() / 1e12
        spent = time.process_time() - begun
        print(f"stage {stage}: {count:.2f} TFLOP and {spent:.0f} CPU s a photo, {photos} photos")
        total += count * photos
    slow, fast = (total / speed / 3600 for speed in SUSTAINED)
    print(
        f"`ours` whole: {total / 1e6:.2f} EFLOP, {fast:.0f} to {slow:.0f} hours of a GPU that "
        f"keeps up {SUSTAINED[1]} to {SUSTAINED[0]} TFLOP/s"
    )


if __name__ == "__main__":
    main()
