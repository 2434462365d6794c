"""What the bootstrap adds to an evaluation of one level, and what Gaussians of each draw would.

python -m benchmarks.bench_evaluate: made-up features and images, size of params.yaml, one thread;
CPU seconds. Wants data/weights of a finished run. Painting is not counted, and would only make the
shares smaller; all costs are linear in N.
"""

import time
from collections.abc import Callable

import numpy as np
import torch

from facepencil.config.params import load_params
from facepencil.evaluation.distances import frechet, inception_score, kid
from facepencil.evaluation.observers import REDRAWN, load_networks
from facepencil.evaluation.scores import Judge, shared_draws
from facepencil.evaluation.spectrum import spectrum_deviation
from facepencil.tensors import photo_tensor
from pipeline import layout

SIZES = (500, 2000, 20000)
EXACT_DRAWS = 5
METRICS = {
    "Frechet": (frechet, 1280),
    "KID": (kid, 1280),
    "IS": (inception_score, 1000),
    "spectrum": (spectrum_deviation, 32),
}


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of one call: less at the mercy of what else runs."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def look_at_one() -> float:
    """Seconds to look at a painted face through all networks but to sketch it again."""
    params = load_params(layout.PARAMS)
    networks = load_networks(layout.weights, None, params.crop, params.sketch)
    judge = Judge(
        {name: each for name, each in networks.items() if name != REDRAWN}, torch.device("cpu")
    )
    size = params.model.size
    faces = np.random.default_rng(0).integers(0, 256, (32, size, size, 3), np.uint8)
    images, none = photo_tensor(faces), torch.zeros(32, dtype=torch.bool)
    with torch.inference_mode():
        judge.features(images, none)
        return seconds(lambda: judge.features(images, none)) / 32


def exact_draw(photos: int) -> float:
    """Seconds of the Frechet distance between Gaussians fitted to one draw."""
    real, painted = torch.rand(2, photos, METRICS["Frechet"][1]).abs()
    draws = shared_draws(photos, EXACT_DRAWS)
    one = np.ones((1, photos), np.int64)

    def fit() -> None:
        for row in draws:
            chosen = np.repeat(np.arange(photos), row)
            frechet(real[chosen], painted[chosen], one)

    return seconds(fit) / EXACT_DRAWS


def main() -> None:
    """For each N: scores alone, what 1000 draws add, their share, and that of exact draws."""
    torch.set_num_threads(1)
    photo = look_at_one()
    print(f"looking at a painted face: {1000 * photo:.0f} ms")
    for photos in SIZES:
        drawing = seconds(lambda: shared_draws(photos, 1000))  # noqa: B023 - called at once
        total = added = 0.0
        for name, (metric, width) in METRICS.items():
            real, painted = torch.rand(2, photos, width)
            alone, drawn = (
                seconds(lambda: metric(real, painted, shared_draws(photos, times)))  # noqa: B023
                for times in (1, 1000)
            )
            print(f"N = {photos}, {name}: {alone:.2f} s, with 1000 draws {drawn:.2f} s")
            total, added = total + alone, added + drawn - alone
        level = photos * photo + total + added + drawing
        share = (added + drawing) / level
        exact = 1000 * exact_draw(photos) if photos < max(SIZES) else float("nan")
        print(
            f"N = {photos}: a level {level:.0f} s, draws {drawing + added:.1f} s, {share:.1%} of "
            f"it; exact draws of the Frechet distance would take {exact:.0f} s"
        )


if __name__ == "__main__":
    main()
