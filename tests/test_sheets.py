import numpy as np
import pytest
from skimage import data

from facepencil.images import encode_png, resize
from facepencil.sheets import BAND_PX, GAP_PX, resized_tile, sheet

FACE = resize(data.astronaut()[:220, 110:330], 64)
SKETCH = np.where(data.lfw_subset()[0] > 0.5, 255, 0).astype(np.uint8)


def test_a_sheet_shows_every_picture_where_it_belongs():
    page = sheet([[SKETCH, FACE], [FACE]], tile_px=64)
    step = 64 + GAP_PX
    assert page.shape == (GAP_PX + 2 * step, GAP_PX + 2 * step, 3)
    assert np.array_equal(page[GAP_PX : GAP_PX + 64, GAP_PX + step : GAP_PX + step + 64], FACE)
    assert np.array_equal(page[GAP_PX + step : GAP_PX + step + 64, GAP_PX : GAP_PX + 64], FACE)
    assert (page[GAP_PX + step :, GAP_PX + step :] == 255).all()


def test_titles_stay_off_the_pictures_and_inside_the_page():
    bare = sheet([[FACE, FACE]], tile_px=96)
    titled = sheet([[FACE, FACE]], ["S_syn", "ours"], ["a rather long row title"], tile_px=96)
    assert np.array_equal(titled[BAND_PX:, -2 * (96 + GAP_PX) :], bare[GAP_PX:, GAP_PX:])
    band, margin = titled[:BAND_PX], titled[:, : -2 * (96 + GAP_PX)]
    for area in (band, margin):
        assert area.min() < 128
        assert (area[[0, -1]] == 255).all() and (area[:, 0] == 255).all()


def test_a_shown_picture_keeps_its_mean_at_any_size():
    for size in (32, 64, 256):
        shown = resized_tile(FACE, size)
        assert shown.shape == (size, size, 3)
        assert abs(float(shown.mean()) - float(FACE.mean())) < 1


def test_equal_pictures_make_equal_bytes():
    pages = [encode_png(sheet([[FACE, SKETCH]], ["photo", "sketch"], ["a"])) for _ in range(2)]
    assert pages[0] == pages[1]


def test_wrong_titles_and_empty_sheets_are_refused():
    with pytest.raises(ValueError, match="expected 2 column titles, got 1"):
        sheet([[FACE, FACE]], ["only one"])
    with pytest.raises(ValueError, match="at least one tile"):
        sheet([[]])
