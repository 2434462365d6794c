"""One real step of every stage at the sizes of presets/paper.yaml, and what trainings would take.

python -m benchmarks.bench_paper: the last commit is laid out aside, and its whole graph runs there
for `ours`, with one batch in each of the three stages of training, seen two photos at a time. The
photos are some of celeba-mini, whose faces are enlarged; they have no labels, so that they are
sketched by `hybrid` in place of `mask`. Says CPU seconds and peak memory of every job, and the
arithmetic of a photo in each stage of training, as torch counts it: the hours of a GPU are a matter
of its speed.
"""

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import yaml
from torch.utils.flop_counter import FlopCounterMode

from facepencil.config.params import Params, load_params
from facepencil.data.stream import Batch
from facepencil.device import prepare_device
from facepencil.networks.classifier import DeformationClassifier
from facepencil.networks.discriminator import MultiScaleDiscriminator
from facepencil.networks.generator import build_generators
from facepencil.pretrained.vgg import VggDistance
from facepencil.training.step import AdversarialStep, Networks
from pipeline import layout
from workflow.trees import lay_out, run_tree

PRESET = Path("presets/paper.yaml")
PHOTOS = 64
SUSTAINED = (20e12, 100e12)
"""Operations a second that a GPU may keep up, between which hours are told."""


def one_step_each(params: dict[str, Any]) -> dict[str, Any]:
    """The preset with as little work as every stage can have."""
    batch = params["train"]["batch"]
    params["shards"] = [0]
    params["download"] |= {"source": "celeba-mini", "limit": PHOTOS}
    params["sketch"] |= {"method": "hybrid", "threads": 2}
    params["classifier"] |= {"samples": batch, "threads": 2}
    params["finder"] |= {"samples": batch}
    params["train"] |= {"stages": [batch] * 3, "micro_batch": 2, "threads": 2}
    params["evaluate"] |= {"bootstrap": 50, "sketched": 2, "threads": 2}
    params["watch"] |= dict.fromkeys(params["watch"], batch)
    return params | {"tables": {"main": ["ours"]}}


def costs(tree: Path) -> Iterator[tuple[str, float, float]]:
    """Stage, CPU seconds and peak MB of every job, as Snakemake measured them."""
    for path in sorted((tree / "logs/costs").rglob("*.tsv")):
        with path.open(newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                stage = path.relative_to(tree / "logs/costs").parts[0].removesuffix(".tsv")
                yield stage, float(row["cpu_time"]), float(row["max_rss"])


def operations(params: Params) -> list[float]:
    """Floating-point operations of a photo in each stage of training, there and back."""
    prepare_device(2, "float32")
    model = params.model
    networks = Networks(
        build_generators(model, DeformationClassifier(params.classifier.channels)),
        MultiScaleDiscriminator(model),
        VggDistance(layout.weights("vgg16_lpips.ckpt"), params.train.vgg_pool),
    )
    sketches = [(torch.rand(1, 1, model.size, model.size) > 0.97).float() for _ in range(2)]
    batch = Batch(sketches, torch.rand(1, 3, model.size, model.size) * 2 - 1)
    train = params.train.model_copy(update={"precision": "float32"})
    counts = []
    for stage in (1, 2, 3):
        step = AdversarialStep(networks, train, stage)
        with FlopCounterMode(display=False) as counter:
            step(batch, 2e-4)
        counts.append(float(counter.get_total_flops()))
    return counts


def main() -> None:
    """Wants a finished stage `weights` in the repository's root."""
    params = load_params(PRESET)
    each = operations(params)
    for stage, (count, photos) in enumerate(zip(each, params.train.stages, strict=True), 1):
        print(f"stage {stage} of training: {count / 1e12:.2f} TFLOP a photo, {photos} photos")
    total = sum(count * photos for count, photos in zip(each, params.train.stages, strict=True))
    slow, fast = (total / speed / 3600 for speed in SUSTAINED)
    print(
        f"`ours` whole: {total / 1e18:.1f} EFLOP, {fast:.0f} to {slow:.0f} hours of a GPU that "
        f"keeps up {SUSTAINED[1] / 1e12:.0f} to {SUSTAINED[0] / 1e12:.0f} TFLOP/s",
        flush=True,
    )
    with tempfile.TemporaryDirectory(prefix="paper-") as folder:
        tree, small = Path(folder, "tree"), Path(folder, "params.yaml")
        lay_out("HEAD", tree)
        small.write_text(yaml.safe_dump(one_step_each(yaml.safe_load(PRESET.read_text()))))
        run_tree(tree, small, [])
        for stage, seconds, memory in costs(tree):
            print(f"{stage}: {seconds:.0f} CPU s, {memory:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
