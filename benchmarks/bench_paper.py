"""The arithmetic of a training at the sizes of presets/paper.yaml, as torch counts it.

python -m benchmarks.bench_paper: takes a real step of each of the three stages of training, one
photo at 256 px, and counts its operations and CPU seconds; then those of all photos. The hours of
a GPU are a matter of the speed that it keeps up.
"""

import time
from pathlib import Path

from torch.utils.flop_counter import FlopCounterMode

from benchmarks.bench_release import build_networks, random_batch
from facepencil.config.params import load_params
from facepencil.device import prepare_device
from facepencil.training.step import AdversarialStep, StageNumber

STAGES: tuple[StageNumber, ...] = (1, 2, 3)
SUSTAINED = (20, 100)
"""TFLOP/s that a GPU may keep up, between which hours are told."""


def main() -> None:
    """Wants a finished stage `weights` in the repository's root."""
    params = load_params(Path("presets/paper.yaml"))
    prepare_device(2, "float32")
    networks = build_networks(params)
    train = params.train.model_copy(update={"precision": "float32"})
    batch = random_batch(params.model)
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
