"""Training of the finder of parts, on sketches redrawn badly and laid anywhere on their page."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.optim import Adam

from facepencil.config.finder import FinderParams
from facepencil.data.stream import Passes
from facepencil.device import forward_in
from facepencil.exact import class_loss
from facepencil.networks.part_finder import PartFinder
from facepencil.progress import track
from facepencil.seeds import rng_of, seed_of
from facepencil.strokes.kinds import change_by
from facepencil.strokes.part_raster import NOWHERE, finder_input, labels_of
from facepencil.strokes.samples import part_centres, points_along
from facepencil.strokes.scatter import scattered
from facepencil.strokes.strokes import Facial, Strokes

RARITY = 0.5
"""Power of a part's rarity that it weighs in the loss: 0 counts pixels alike, 1 parts."""


class LabelledFaces:
    """Faces of which some part is known; of the others, what is no part is not known either.

    Strokes are read when they are asked for.
    """

    def __init__(self, ids: Sequence[str], strokes: Sequence[Strokes]) -> None:
        """Look through all `strokes`, in the order of `ids`."""
        self._ids, self._strokes = ids, strokes
        self._places = [place for place in range(len(ids)) if strokes[place].parts.any()]

    def __len__(self) -> int:
        """How many."""
        return len(self._places)

    def __getitem__(self, number: int) -> tuple[str, Strokes]:
        """A face's id, and its strokes."""
        place = self._places[number]
        return self._ids[place], self._strokes[place]


def train_finder(
    ids: Sequence[str], strokes: Sequence[Strokes], params: FinderParams, device: torch.device
) -> PartFinder:
    """The finder, trained on `params.samples` sketches; none keeps the initial weights.

    Args:
        ids: of the faces; with their pass, they decide how each is changed.
        strokes: of the same faces; those of which no part is known are passed over.
        params: sizes and schedule.
        device: to train on.
    """
    torch.manual_seed(seed_of("finder", "weights"))
    finder = PartFinder(params.channels, len(Facial)).to(device)
    faces = LabelledFaces(ids, strokes)
    steps = -(-params.samples // params.batch) if faces else 0
    optimizer = Adam(finder.parameters(), lr=params.learning_rate)
    slower = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0, max(steps, 1))
    weights = _rarity(faces).to(device)
    for sketches, parts in track(_batches(faces, params.batch, steps), "finder", steps, "step"):
        with forward_in(params.precision, device):
            logits = finder(sketches.to(device))
        optimizer.zero_grad()
        loss = class_loss(logits, parts.to(device), weights, NOWHERE)
        torch.autograd.backward(loss)
        optimizer.step()
        slower.step()
    return finder


@torch.inference_mode()
def found_right(finder: PartFinder, ids: Sequence[str], strokes: Sequence[Strokes]) -> float:
    """Share of pixels whose part is found, 0..1, mean over the parts that there are.

    Every sketch is seen once, changed as in training; arguments as there. NaN where no sketch has
    known parts.
    """
    faces = LabelledFaces(ids, strokes)
    device = next(finder.parameters()).device
    right, all_ = np.zeros(len(Facial)), np.zeros(len(Facial))
    for sketches, parts in _batches(faces, 1, len(faces)):
        found = finder(sketches.to(device)).argmax(1).cpu()
        all_ += np.bincount(parts[parts != NOWHERE], minlength=len(Facial))
        right += np.bincount(parts[parts == found], minlength=len(Facial))
    return float((right[all_ > 0] / all_[all_ > 0]).mean()) if faces else float("nan")


def mean_layout(strokes: Sequence[Strokes]) -> dict[str, tuple[float, float]]:
    """Mean centre of each part's lines over sketches, canvas px, by name; of parts there are."""
    centres = np.full((len(strokes), len(Facial), 2), np.nan)
    for place, one in enumerate(strokes):
        points = points_along(one)
        centres[place] = part_centres(points, one.parts[points.strokes], len(Facial))
    return {
        part.name: (round(x, 2), round(y, 2))
        for part in Facial
        for known in [centres[~np.isnan(centres[:, part, 0]), part]]
        if part != Facial.REST and len(known)
        for x, y in [known.mean(0).tolist()]
    }


def changed(strokes: Strokes, rng: np.random.Generator) -> Strokes:
    """A sketch as the finder is to know it: redrawn badly, anywhere on the page."""
    kind = ("all", "abstract")[rng.integers(2)]
    return scattered(change_by(kind, strokes, rng.random(), rng), rng)


def _rarity(faces: LabelledFaces) -> Tensor:
    counts = np.ones(len(Facial))
    for _, strokes in map(faces.__getitem__, range(len(faces))):
        counts += np.bincount(
            np.repeat(strokes.parts, np.diff(strokes.starts)), minlength=len(Facial)
        )
    return torch.from_numpy((counts.sum() / counts) ** RARITY).float()


def _batches(faces: LabelledFaces, batch: int, steps: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Sketches (N, 1, S, S) and the parts of their pixels (N, S, S), `NOWHERE` on paper."""
    passes = Passes(len(faces), "finder")
    for first in range(0, steps * batch, batch):
        drawn = [
            changed(strokes, rng_of("finder", name, turn))
            for sample in range(first, first + batch)
            for turn, place in [passes.place(sample)]
            for name, strokes in [faces[place]]
        ]
        sketches = np.stack([finder_input(one) for one in drawn])[:, None]
        parts = np.stack([labels_of(one) for one in drawn])
        yield torch.from_numpy(sketches), torch.from_numpy(parts).long()
