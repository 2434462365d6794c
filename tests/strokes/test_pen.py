import numpy as np
import pytest

from facepencil.strokes.pen import painter_input
from facepencil.strokes.raster import rasterize


def line(x_px: float) -> np.ndarray:
    """A vertical line at `x_px` on the 512 px canvas, at 256 px."""
    points = np.array([[x_px, 0], [x_px, 512]], np.float32)
    return rasterize(points, np.array([[0, 0, 1, 1]], np.int32), 256)


@pytest.mark.parametrize("size", [64, 128, 256])
def test_a_line_has_full_contrast_at_every_size(size: int) -> None:
    drawn = painter_input(line(201), size)
    assert drawn.dtype == np.float32 and drawn.shape == (size, size)
    assert drawn.max() == pytest.approx(1, abs=0.02)
    assert drawn.min() == 0
    assert np.count_nonzero(drawn.any(axis=0)) == 1


def test_a_slanted_line_is_grey_where_it_lies_between_pixels() -> None:
    points = np.array([[0, 0], [512, 250]], np.float32)
    drawn = painter_input(rasterize(points, np.array([[0, 0, 1, 1]], np.int32), 256), 64)
    assert len(np.unique(drawn)) > 3


def test_a_raster_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="expected at least 64 px"):
        painter_input(np.zeros((32, 32), np.uint8), 64)
