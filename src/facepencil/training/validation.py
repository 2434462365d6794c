"""How near the averaged painter comes to photos that it never trains on."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from facepencil.config.model import ModelParams
from facepencil.data.face_set import FaceSet, first_photos
from facepencil.networks.painted import PaintingNet
from facepencil.networks.told import UNTOLD, jitter_strength, tell
from facepencil.seeds import rng_of
from facepencil.strokes.kinds import change_by
from facepencil.strokes.pen import Pen
from facepencil.tensors import photo_pixels, photo_tensor

LEVELS = (0.0, 11.0, 30.0)
"""d of the sketches, px on the 512 px canvas: untouched, as trained, and the paper's largest."""

AS_DRAWN = 2 / 3
"""Strength at which sketches are changed in all ways that people draw in."""

VIEWS = (*(f"d{d:g}" for d in LEVELS), "all")
"""Names of what is seen of a face: its sketch at every level, and changed as people draw."""

MOST = 64
BATCH = 8


def draw_views(faces: FaceSet, count: int, pen: Pen) -> NDArray[np.float32]:
    """The first faces' sketches (N, views, S, S) in [0, 1], stroke 1: the same every time."""
    drawn = np.zeros((min(count, len(faces.ids)), len(VIEWS), pen.size, pen.size), np.float32)
    for place, name in enumerate(faces.ids[:count]):
        strokes = faces.strokes[place]
        for column, d in enumerate(LEVELS):
            drawn[place, column] = pen.draw(strokes, d, rng_of("samples", name, d))
        rng = rng_of("samples", name, "all")
        drawn[place, -1] = pen.draw(change_by("all", strokes, AS_DRAWN, rng), 0, rng)
    return drawn


def told_views(faces: FaceSet, count: int, model: ModelParams) -> list[Tensor] | None:
    """What is told of the same sketches, (N, T) for each view, or None for nothing.

    The strength is that of the view, the palette that of the photo.
    """
    few = len(faces.ids[:count])
    palettes = None if faces.palettes is None else faces.palettes[:few]
    strengths = [*map(jitter_strength, LEVELS), AS_DRAWN]
    told = [tell(model, [strength] * few, palettes) for strength in strengths]
    return [one for one in told if one is not None] or None


class Validation:
    """The validation photos, drawn once and for all, and what they are compared by."""

    def __init__(
        self,
        faces: FaceSet,
        pen: Pen,
        lpips: nn.Module,
        device: torch.device,
        model: ModelParams = UNTOLD,
    ) -> None:
        """Take the first 64 of `faces`; there may be none, and then there are no scores.

        Args:
            faces: the validation part of the split.
            pen: draws them.
            lpips: LPIPS (N,) of two batches of images in [-1, 1].
            device: of the painter.
            model: says what the painter is told beside the sketches.
        """
        self._told = told_views(faces, MOST, model)
        self._sketches = torch.from_numpy(draw_views(faces, MOST, pen))
        self._photos = photo_tensor(first_photos(faces, MOST)) if faces.ids else torch.empty(0)
        self._lpips, self._device = lpips.to(device), device

    @torch.no_grad()
    def scores(self, painter: PaintingNet) -> dict[str, float]:
        """Mean LPIPS of every view, by its name in the log; of 8-bit pixels, as in the test."""
        if not len(self._photos):
            return {}
        return {
            f"val/lpips/{view}": round(self._mean(painter, column), 6)
            for column, view in enumerate(VIEWS)
        }

    def _mean(self, painter: PaintingNet, column: int) -> float:
        sketches = self._sketches[:, column, None]
        told = self._told[column].to(self._device) if self._told else None
        parts = []
        for first in range(0, len(sketches), BATCH):
            some = slice(first, first + BATCH)
            painted = self._painted(painter, sketches[some], None if told is None else told[some])
            parts.append(self._lpips(painted, self._photos[some].to(self._device)).double())
        return torch.cat(parts).mean().item()

    def _painted(self, painter: PaintingNet, sketches: Tensor, told: Tensor | None) -> Tensor:
        image = painter(sketches.to(self._device), told).image
        return photo_tensor(photo_pixels(image)).to(self._device)
