"""A training step on a GPU: started operation by operation and replayed, in 32 and in 16 bits.

python -m benchmarks.bench_gpu [PRESET...]: steps of stage 3 at the sizes of each preset, made-up
photos; medians. Then HED.
"""

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from benchmarks.bench_release import build_networks, random_batch
from facepencil import exact
from facepencil.config.params import Params, load_params
from facepencil.data.stream import Batch
from facepencil.device import describe_processor, prepare_device
from facepencil.networks import blocks, sap
from facepencil.pretrained.hed_torch import Network
from facepencil.training.replay import ReplayedStep, on_cuda
from facepencil.training.step import AdversarialStep, Networks

ROUNDS, STEPS, WARM = 3, 2, 5
PRESETS = ("mini", "showcase", "paper")
Take = Callable[..., object]


def onto(device: torch.device, networks: Networks) -> Networks:
    """Networks on a device."""
    parts = (networks.generators, networks.discriminator, networks.vgg)
    return Networks(*(one.to(device) for one in parts))


def seconds(act: Callable[[], object], times: int = STEPS) -> float:
    """Of one call among so many, the GPU's work included."""
    torch.cuda.synchronize()
    begun = time.perf_counter()
    for _ in range(times):
        act()
    torch.cuda.synchronize()
    return (time.perf_counter() - begun) / times


def compare(params: Params, device: torch.device) -> None:
    """The step of stage 3 in float32 and bfloat16, plain and replayed, and the CPU's forms."""
    drawn = random_batch(params.model, params.train.batch)
    told = drawn.told and [one.to(device) for one in drawn.told]
    batch = Batch([one.to(device) for one in drawn.sketches], drawn.photos.to(device), told)
    medians = {}
    for precision in ("float32", "bfloat16"):
        for form in ("plain", "replayed", "the CPU's forms"):
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
            take = step_of(params, precision, form, device)
            seconds(lambda take=take: take(batch, 1e-4), WARM)
            found = [seconds(lambda take=take: take(batch, 1e-4)) for _ in range(ROUNDS)]
            medians[precision, form] = statistics.median(found)
            held = torch.cuda.max_memory_reserved() / 1e9
            rate = len(batch.photos) / medians[precision, form]
            print(
                f"  {params.model.kind}, {params.model.size} px, batch {len(batch.photos)}, "
                f"{precision}, {form}: {1e3 * medians[precision, form]:.1f} ms a step, "
                f"{rate:.0f} photos/s, {medians['float32', 'plain'] / medians[precision, form]:.1f}"
                f" x, {held:.1f} GB",
                flush=True,
            )
            del take
            as_usual()


USUAL = {module: module.on_cpu for module in (exact, blocks, sap)}


def as_usual() -> None:
    """Take the forms that a device has."""
    for module, usual in USUAL.items():
        module.on_cpu = usual  # type: ignore[attr-defined]
    torch.set_deterministic_debug_mode("error")


def step_of(params: Params, precision: str, form: str, device: torch.device) -> Take:
    """The step of stage 3, with random weights but for VGG16's."""
    if form == "the CPU's forms":
        for module in USUAL:
            module.on_cpu = lambda x: True  # type: ignore[attr-defined]
        torch.set_deterministic_debug_mode("default")
    torch.manual_seed(0)
    networks = onto(device, build_networks(params))
    train = params.train.model_copy(update={"precision": precision})
    step = AdversarialStep(networks, train, 3)
    return ReplayedStep(step, on_cuda()) if form == "replayed" else step


def compare_edges(device: torch.device) -> None:
    """HED, with random weights, at 512 px."""
    torch.manual_seed(0)
    network = Network().eval().requires_grad_(False)
    seen = torch.rand(8, 3, 512, 512) * 255
    with torch.inference_mode():
        expected = network(seen[:1])
        network = network.to(device, memory_format=torch.channels_last)
        seen = seen.to(device)
        apart = (network(seen)[:1].cpu() - expected).abs().max().item()
        spent = statistics.median(seconds(lambda: network(seen)) for _ in range(ROUNDS))
    print(f"  HED, 512 px: {8 / spent:.0f} photos/s, at most {apart:.1e} from the CPU's edges")


def main(presets: Sequence[str]) -> None:
    """Wants a finished stage `weights` in the repository's root."""
    device = prepare_device(1, "float32")
    print(f"{describe_processor(device)}, torch {torch.__version__}")
    for preset in presets:
        params = load_params(Path(f"presets/{preset}.yaml"))
        print(preset, flush=True)
        compare(params, device)
    compare_edges(device)


if __name__ == "__main__":
    main(sys.argv[1:] or PRESETS)
