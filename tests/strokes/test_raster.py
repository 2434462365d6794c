import hashlib
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from facepencil.strokes.raster import rasterize

ONE = np.array([[0, 1, 2, 3]], np.int32)
CUBIC = hnp.arrays(np.float32, (4, 2), elements=st.floats(1, 511, width=32))


def exact(points, size):
    """Pixel coordinates of a cubic at many parameters, by de Casteljau's construction."""
    t = np.linspace(0, 1, 4000)[:, None]
    layer = list(points.astype(np.float64) * (size / 512))
    while len(layer) > 1:
        layer = [(1 - t) * a + t * b for a, b in pairwise(layer)]
    return layer[0]


def misses(points, size=128):
    """Distances of drawn pixels from the curve, and of the curve from them, px."""
    sheet = rasterize(points, ONE, size)
    curve = exact(points, size)
    drawn = np.argwhere(sheet)[:, ::-1] + 0.5
    there = np.sqrt(((drawn[:, None] - curve[None, ::4]) ** 2).sum(-1)).min(1)
    x, y = curve[(curve >= 0).all(1) & (curve < size).all(1)].astype(int).T
    paper = (sheet == 0).astype(np.uint8)
    return there, cv2.distanceTransform(paper, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[y, x]


@given(CUBIC)
def test_lines_run_within_a_pixel_of_the_curve_and_back(points):
    """Half a pixel's diagonal is rounding; the rest, the straight pieces of wild curves."""
    there, back = misses(points)
    assert there.max(initial=0) < 1.6
    assert back.max(initial=0) < 2


@given(hnp.arrays(np.float32, (4, 2), elements=st.floats(-200, 712, width=32)))
def test_what_leaves_the_canvas_is_cut(points):
    assert misses(points)[0].max(initial=0) < 2.5


@given(CUBIC, st.sampled_from([32, 64, 256]))
def test_mirrored_points_draw_a_mirrored_sheet(points, size):
    sheet = rasterize(points, ONE, size)
    mirrored = rasterize(np.float32([512, 0]) + points * np.float32([-1, 1]), ONE, size)
    near = cv2.dilate(sheet[:, ::-1], np.ones((3, 3), np.uint8))
    assert not (mirrored & ~near).any()


def test_a_straight_line_is_one_pixel_wide():
    points = np.float32([[10, 101], [100, 101], [200, 101], [300, 101]])
    rows, columns = np.nonzero(rasterize(points, ONE, 256))
    assert set(rows) == {50}
    assert sorted(columns) == list(range(5, 151))


def test_a_dot_is_the_pixel_it_lies_in():
    dot = rasterize(np.float32([[101.9, 7.1]]), np.zeros((1, 4), np.int32), 256)
    assert np.argwhere(dot).tolist() == [[3, 50]]


def test_an_empty_sheet_is_paper():
    sheet = rasterize(np.zeros((0, 2), np.float32), np.zeros((0, 4), np.int32), 32)
    assert sheet.shape == (32, 32) and not sheet.any()


@pytest.mark.parametrize("width", [1, 3, 5])
def test_lines_are_as_wide_as_asked(width):
    points = np.float32([[50, 257], [200, 257], [300, 257], [450, 257]])
    assert (rasterize(points, ONE, 256, width)[:, 128] == 255).sum() == width


def test_these_pixels_come_out_everywhere():
    """A fixed drawing's pixels: other machines and versions must give the same."""
    points = np.random.default_rng(0).uniform(0, 512, (120, 2)).astype(np.float32)
    sheet = rasterize(points, np.arange(120, dtype=np.int32).reshape(-1, 4), 256)
    assert hashlib.sha256(sheet.tobytes()).hexdigest() == (
        "4f8dff93ba12409906069097cdfcefb71a632661cd6b38e332bd5473440dc206"
    )
