"""The generator beside the same one made of torch's own layers, in turn.

python -m benchmarks.bench_networks: forward and backward, sizes of params.yaml, one thread.
"""

import copy
import statistics
import time
import warnings

import torch
from torch import Tensor, nn

from benchmarks.reference.layers import plain
from facepencil.config.params import load_params
from facepencil.networks.generator import Generator, build_main
from pipeline import layout

ROUNDS = 7
BATCH = 8


def seconds(net: nn.Module, sketch: Tensor) -> float:
    """One forward and backward pass."""
    begun = time.perf_counter()
    net(sketch).image.square().mean().backward()
    return time.perf_counter() - begun


def main() -> None:
    """Check that both paint the same, then time them in turn."""
    warnings.filterwarnings("ignore", "input's size at dim=1")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = load_params(layout.PARAMS).of_variant("baseline").model
    ours: Generator = build_main(model, None)
    theirs = plain(copy.deepcopy(ours))
    sketch = torch.rand(BATCH, 1, model.size, model.size)
    torch.testing.assert_close(ours(sketch).image, theirs(sketch).image, atol=1e-3, rtol=0)
    times = [(seconds(ours, sketch), seconds(theirs, sketch)) for _ in range(ROUNDS)]
    mine, reference = (1000 * statistics.median(column) for column in zip(*times, strict=True))
    print(
        f"generator, forward and backward, {model.size} px, batch {BATCH}: {mine:.0f} ms, "
        f"torch's layers {reference:.0f} ms, ratio {reference / mine:.2f} x"
    )


if __name__ == "__main__":
    main()
