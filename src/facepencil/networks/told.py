"""What a generator is told beside the sketch: how strongly it is deformed, and a palette."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from facepencil.colours import Palettes
from facepencil.config.model import ModelParams

STRONGEST_PX = 30.0
"""d of the strongest jitter, px on the 512 px canvas: the paper's largest."""
UNTOLD = ModelParams()


def jitter_strength(deform_px: float) -> float:
    """Strength in 0..1 of offsets up to `deform_px`, px on the 512 px canvas."""
    return min(deform_px / STRONGEST_PX, 1.0)


def numbers_told(model: ModelParams) -> int:
    """T, how many numbers the painter of `model` is told beside a sketch."""
    return model.level_told + 9 * model.palette


def tell(
    model: ModelParams, strengths: Sequence[float], palettes: Palettes | None
) -> Tensor | None:
    """What the painter of `model` is told of N sketches: (N, T) in [-1, 1], or None for nothing.

    Args:
        model: says what of the rest is told.
        strengths: of the deformation, N numbers in 0..1.
        palettes: (N, 3, 3) uint8; see `colours`.

    Raises:
        ValueError: a palette is to be told, and none is given.
    """
    parts: list[NDArray[np.float64]] = []
    if model.level_told:
        parts.append(np.array(strengths, np.float64)[:, None])
    if model.palette:
        if palettes is None:
            raise ValueError("model.palette needs the palettes of the faces, and none are given")
        parts.append(palettes.reshape(-1, 9) / 127.5 - 1)
    return torch.from_numpy(np.hstack(parts).astype(np.float32)) if parts else None
