"""Pre-training of C on sketches alone: aligned or deformed (paper, section SAP)."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor
from torch.optim import Adam

from facepencil.config.classifier import ClassifierParams
from facepencil.data.stream import Passes
from facepencil.device import forward_in
from facepencil.networks.classifier import DeformationClassifier
from facepencil.progress import track
from facepencil.seeds import rng_of, seed_of
from facepencil.store import write_bytes
from facepencil.strokes.pen import Pen
from facepencil.strokes.strokes import Strokes


def train_classifier(
    ids: Sequence[str],
    strokes: Sequence[Strokes],
    pen: Pen,
    params: ClassifierParams,
    device: torch.device,
) -> DeformationClassifier:
    """C, trained on `params.samples` sketches; none keeps the initial weights.

    Args:
        ids: of the faces; with their pass, they decide how each is deformed.
        strokes: of the same faces.
        pen: draws them.
        params: sizes and schedule.
        device: to train on.
    """
    torch.manual_seed(seed_of("classifier", "weights"))
    classifier = DeformationClassifier(params.channels).to(device)
    optimizer = Adam(classifier.parameters(), lr=params.learning_rate)
    steps = -(-params.samples // params.batch)
    batches = _batches(ids, strokes, pen, params, steps)
    for sketches, deformed in track(batches, "classifier", steps, "step"):
        truth = deformed.to(device)
        with forward_in(params.precision, device):
            logits = classifier(sketches.to(device))
        optimizer.zero_grad()
        torch.autograd.backward(F.cross_entropy(logits, truth))
        optimizer.step()
    return classifier


@torch.inference_mode()
def accuracy(
    classifier: DeformationClassifier,
    ids: Sequence[str],
    strokes: Sequence[Strokes],
    pen: Pen,
    params: ClassifierParams,
) -> float:
    """Share of right answers, 0..1, about each sketch as it is and deformed; arguments as above."""
    steps = -(-2 * len(ids) // params.batch)
    device = next(classifier.parameters()).device
    right = [
        (classifier(sketches.to(device)).argmax(1).cpu() == truth).float()
        for sketches, truth in _batches(ids, strokes, pen, params, steps)
    ]
    return float(torch.cat(right).mean())


def save_classifier(path: Path, classifier: DeformationClassifier) -> None:
    """Write the weights whole or not at all; equal weights, equal bytes."""
    weights = classifier.state_dict()
    write_bytes(path, save({name: one.contiguous().cpu() for name, one in weights.items()}))


def load_classifier(path: Path, channels: int) -> DeformationClassifier:
    """Inverse of `save_classifier`, on the CPU.

    Raises:
        FileNotFoundError: no such file.
        ValueError: names the file, when it holds no C of `channels`.
    """
    classifier = DeformationClassifier(channels)
    try:
        classifier.load_state_dict(load_file(path))
    except (SafetensorError, RuntimeError) as error:
        raise ValueError(
            f"{path}: expected a classifier of {channels} channels: {error}"
        ) from error
    return classifier


def _batches(
    ids: Sequence[str], strokes: Sequence[Strokes], pen: Pen, params: ClassifierParams, steps: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Sketches (N, 1, S, S) and their class (N,): 1 for deformed, every other one."""
    passes = Passes(len(ids), "classifier")
    for first in range(0, steps * params.batch, params.batch):
        samples = range(first, first + params.batch)
        drawn = [
            pen.draw(
                strokes[place],
                params.deform_px * (sample % 2),
                rng_of("classifier", ids[place], turn),
            )
            for sample in samples
            for turn, place in [passes.place(sample // 2)]
        ]
        truth = torch.tensor([sample % 2 for sample in samples])
        yield torch.from_numpy(np.stack(drawn))[:, None], truth
