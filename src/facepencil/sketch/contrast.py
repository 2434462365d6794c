"""Sketch rasters to what the painters see."""

import numpy as np
from numpy.typing import NDArray

from facepencil.images import Image, resize


def painter_input(raster: Image, size: int) -> NDArray[np.float32]:
    """Shrink a raster of hard lines to the painter's size, lines at full contrast.

    Averaging over areas keeps where a line lies within a pixel, as grey, but pales it by the factor
    it shrinks; that factor is given back. Training, evaluation and drawing page all come here.

    Args:
        raster: (S, S) uint8, stroke 255 and paper 0, S >= `size`.
        size: side of the painted face, px.

    Returns:
        (size, size) float32 in [0, 1], stroke 1 and paper 0.

    Raises:
        ValueError: the raster is smaller than `size`.
    """
    if raster.shape[0] < size:
        raise ValueError(f"sketch of {raster.shape[0]} px: expected at least {size} px")
    gain = raster.shape[0] / size
    return np.asarray(np.minimum(resize(raster, size) * (gain / 255), 1), np.float32)
