"""A training step with VGG16's window beside one in which VGG16 sees all, in turn.

python -m benchmarks.bench_step: sizes and precision of params.yaml, one thread, made-up photos.
"""

import statistics
import time

import torch

from benchmarks.bench_release import build_networks
from facepencil.config.params import Params, load_params
from facepencil.data.stream import Batch
from facepencil.device import prepare_device
from facepencil.training.step import AdversarialStep
from pipeline import layout

ROUNDS, STEPS = 7, 3


def step_of(params: Params, vgg_px: int) -> AdversarialStep:
    """The step of stage 3, with random weights but for VGG16's."""
    torch.manual_seed(0)
    networks = build_networks(params)
    return AdversarialStep(networks, params.train.model_copy(update={"vgg_px": vgg_px}), 3)


def photos_a_second(step: AdversarialStep, batch: Batch) -> float:
    """Over some steps, by the processor's clock, which other work does not slow."""
    begun = time.process_time()
    for _ in range(STEPS):
        step(batch, 1e-4)
    return STEPS * len(batch.photos) / (time.process_time() - begun)


def main() -> None:
    """Medians over rounds; wants a finished stage `weights` in the repository's root."""
    params = load_params(layout.PARAMS)
    prepare_device(1, params.train.precision)
    size, count = params.model.size, params.train.batch
    batch = Batch(
        [(torch.rand(count, 1, size, size) > 0.9).float() for _ in range(2)],
        torch.rand(count, 3, size, size) * 2 - 1,
    )
    sides = (size, params.train.vgg_px, size // 2)
    steps = {px: step_of(params, px) for px in dict.fromkeys(sides)}
    speeds: dict[int, list[float]] = {px: [] for px in steps}
    for _ in range(ROUNDS):
        for px, step in steps.items():
            speeds[px].append(photos_a_second(step, batch))
    medians = {px: statistics.median(found) for px, found in speeds.items()}
    for px, found in medians.items():
        print(
            f"step of ours, batch {count}, VGG16 sees {px} of {size} px: {found:.1f} photos/s, "
            f"{found / medians[size]:.2f} x"
        )


if __name__ == "__main__":
    main()
