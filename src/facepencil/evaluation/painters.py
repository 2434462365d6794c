"""Who paints the test set: a model, or faces out of the training set to compare with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from facepencil.config.model import ModelParams
from facepencil.config.section import Precision
from facepencil.data.face_set import FaceSet
from facepencil.data.palettes import palettes_of
from facepencil.data.photo_file import mean_photo
from facepencil.data.testset import Level, TestSet
from facepencil.device import forward_in
from facepencil.images import Image, decode_png, resize
from facepencil.networks.generator import Generator
from facepencil.networks.painter import load_painter
from facepencil.networks.told import jitter_strength, tell
from facepencil.seeds import rng_of, unit_of
from facepencil.strokes.pen import STRENGTHS, Pen
from facepencil.tensors import photo_pixels

Paint = Callable[[TestSet, Level, Sequence[str]], Image]
"""Faces (N, S, S, 3) painted from a level's sketches of some test faces."""

Widths = Callable[[TestSet, Level, Sequence[str]], Image]
"""Widths of strokes (N, S, S) that a model chooses on a level's sketches: 0 thin, 255 thick."""

NEAREST_OF = 10_000
"""Of so many training photos, chosen by a hash of their ids, the nearest is looked for: 80 MB."""

COARSE_PX = 32
"""Side at which sketches are compared, blurred by a sigma of 1 px."""


@dataclass(frozen=True)
class Candidate:
    """Who paints, for a row of the tables.

    Attributes:
        paint: the faces, in the 8 bits that a file keeps.
        size: their side, px.
        variant: name in the tables.
        seed: training seed of a model.
        model_sha256: of a model's file.
        blind: paints the same at every level, so that one is enough to look at.
        told: what it is told of each sketch: `level`, its strength, and `palette`, of the photo.
    """

    paint: Paint
    size: int
    variant: str
    seed: int | None = None
    model_sha256: str | None = None
    blind: bool = False
    told: Sequence[str] = ()


def model_paint(
    path: Path,
    device: torch.device,
    precision: Precision,
    palettes: Mapping[str, Image] | None = None,
) -> tuple[Paint, ModelParams]:
    """How a model of `networks.painter` paints on a device, and its params.

    `palettes` are those of the photos, by face id, for a model that is told of them.

    Raises:
        FileNotFoundError: there is no such model.
        ValueError: `path` is no model.
    """
    network, model, _ = load_painter(path)
    network = network.to(device)

    @torch.inference_mode()
    def paint(tests: TestSet, level: Level, ids: Sequence[str]) -> Image:
        sketches = tests.sketches(level, ids, model.size).to(device)
        colours = palettes_of(palettes or {}, ids) if model.palette else None
        told = tell(model, [strength_of(level)] * len(ids), colours)
        with forward_in(precision, device):
            image = network(sketches, None if told is None else told.to(device)).image
        return photo_pixels(image)

    return paint, model


@dataclass(frozen=True)
class Shown:
    """Faces for the sheets.

    Attributes:
        ids: the same for every model.
        levels: at which they are painted.
        worst: those that this model paints worst, the worst first.
        worst_level: the level at which it does so.
    """

    ids: list[str]
    levels: list[float]
    worst: list[str]
    worst_level: float


def strength_of(level: Level) -> float:
    """Strength in 0..1 at which test sketches of a level are deformed."""
    if isinstance(level, str):
        return STRENGTHS[int(level.partition("-")[2])]
    return jitter_strength(level)


def told_inputs(model: ModelParams) -> list[str]:
    """What a model is told beside a sketch: see `Candidate.told`."""
    return ["level"] * model.level_told + ["palette"] * model.palette


def chosen_widths(path: Path, device: torch.device) -> Widths | None:
    """The widths that the attention of a model chooses, or None for one without attention."""
    network, model, _ = load_painter(path)
    pooling = network.pooling if isinstance(network, Generator) else None
    if pooling is None or pooling.attention is None:
        return None
    least, most = min(pooling.widths), max(pooling.widths)
    pooling = pooling.to(device)

    @torch.inference_mode()
    def widths(tests: TestSet, level: Level, ids: Sequence[str]) -> Image:
        found = pooling.effective_width(tests.sketches(level, ids, model.size).to(device))
        share = (found - least) / max(most - least, 1)
        return (share * 255).round().clamp(0, 255).byte().cpu().numpy()

    return widths


def reference_painters(tests: TestSet, known: FaceSet, pen: Pen) -> list[Candidate]:
    """Rows that a table's models are to be seen beside.

    `photos` are as many training photos as there are test photos, in an order of their own: other
    people. `mean face` is the mean training photo. `nearest` is the training photo whose undeformed
    sketch is nearest to the sketch in question, out of `NEAREST_OF`.

    Args:
        tests: the test set.
        known: the training faces.
        pen: of the test set.
    """
    size = pen.size
    order = sorted(range(len(known.ids)), key=lambda i: unit_of("reference", known.ids[i]))
    # Where there are too few, they are taken again.
    others = dict(zip(tests.ids, np.resize(order, len(tests.ids)), strict=True))
    mean = mean_photo(known.photos)
    return [
        Candidate(
            lambda _, __, ids: np.stack([known.photos[others[one]] for one in ids]),
            size,
            "photos",
            blind=True,
        ),
        Candidate(lambda _, __, ids: np.stack([mean] * len(ids)), size, "mean face", blind=True),
        Candidate(_nearest(known, sorted(order[:NEAREST_OF]), pen), size, "nearest"),
    ]


def _nearest(known: FaceSet, places: Sequence[int], pen: Pen) -> Paint:
    rng = rng_of("reference")  # nothing is drawn from it: lines stay where they are
    rasters = (pen.raster(known.strokes[place], 0, rng) for place in places)
    coarse = np.stack([_coarse(raster) for raster in rasters])

    def paint(tests: TestSet, level: Level, ids: Sequence[str]) -> Image:
        seen = np.stack([_coarse(255 - decode_png(tests.sketch_png(level, one))) for one in ids])
        squares = np.square(coarse).sum(axis=1)
        nearest = (squares - 2 * seen @ coarse.T).argmin(axis=1)
        return np.stack([known.photos[places[one]] for one in nearest.tolist()])

    return paint


def _coarse(raster: Image) -> NDArray[np.float64]:
    """A raster, stroke 255, as a vector of soft lines."""
    small = resize(raster, COARSE_PX).astype(np.float64)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 1.0), np.float64).ravel()


def sample_ids(ids: Sequence[str], count: int) -> list[str]:
    """So many faces: the same for every painter, and not the first of the data set."""
    return sorted(ids, key=lambda name: unit_of("evaluate", "sample", name))[:count]
