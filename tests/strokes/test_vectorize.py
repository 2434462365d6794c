import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.morphology import skeletonize

from facepencil.strokes.raster import rasterize
from facepencil.strokes.strokes import Strokes
from facepencil.strokes.vectorize import vectorize

SIZE = 96


def sheet(*lines, closed=False, size=SIZE):
    """Black polylines on white, one pixel wide."""
    sketch = np.full((size, size), 255, np.uint8)
    for line in lines:
        cv2.polylines(sketch, [np.array(line, np.int32)], closed, 0)
    return np.where(skeletonize(sketch == 0), 0, 255).astype(np.uint8)


def ring(x, y, radius, size=SIZE):
    sketch = np.full((size, size), 255, np.uint8)
    cv2.circle(sketch, (x, y), radius, 0)
    return np.where(skeletonize(sketch == 0), 0, 255).astype(np.uint8)


def traced(sketch, tolerance=1.0, shortest=0.0) -> Strokes:
    return vectorize(sketch, tolerance, shortest)


def drawn(strokes, size=SIZE):
    return rasterize(strokes.points, strokes.segments, size) > 0


def apart(these, those):
    """Distance of every pixel of one mask from the nearest of the other, px."""
    away = cv2.distanceTransform((~those).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return away[these]


def ends(strokes):
    """Times that each point is the end of a stroke."""
    first, last = strokes.starts[:-1], strokes.starts[1:] - 1
    tips = np.concatenate([strokes.segments[first, 0], strokes.segments[last, 3]])
    return sorted(np.unique(tips, return_counts=True)[1].tolist())


def assert_chained(strokes):
    """Within a stroke each segment begins at the point where the one before ends."""
    inner = np.setdiff1d(np.arange(1, len(strokes.segments)), strokes.starts)
    np.testing.assert_array_equal(strokes.segments[inner, 0], strokes.segments[inner - 1, 3])


def test_an_empty_sheet_has_no_strokes():
    strokes = traced(sheet())
    assert len(strokes.points) == len(strokes.segments) == 0
    assert strokes.starts.tolist() == [0]


def test_a_pixel_is_a_dot():
    sketch = sheet()
    sketch[7, 50] = 0
    strokes = traced(sketch)
    assert strokes.segments.tolist() == [[0, 1, 2, 0]]
    assert np.argwhere(drawn(strokes)).tolist() == [[7, 50]]


@pytest.mark.parametrize("tip", [(57, 10), (10, 57), (57, 57), (57, 33)])
def test_a_line_is_one_segment_of_the_same_pixels(tip):
    sketch = sheet([(10, 10), tip])
    strokes = traced(sketch)
    assert len(strokes.segments) == 1
    assert apart(sketch == 0, drawn(strokes)).max() <= 1
    assert apart(drawn(strokes), sketch == 0).max() <= 1


def test_pixels_lie_at_their_middles_on_the_canvas():
    strokes = traced(sheet([(10, 20), (10, 60)]))
    lines = strokes.points[strokes.segments[0, [0, 3]]]
    expected = np.array([[10.5, 20.5], [10.5, 60.5]]) * 512 / 96
    np.testing.assert_allclose(sorted(lines.tolist()), expected, rtol=1e-6)


@pytest.mark.parametrize("radius", [3, 8, 20, 40])
def test_a_ring_closes_at_one_shared_point(radius):
    sketch = ring(48, 48, radius)
    strokes = traced(sketch)
    assert ends(strokes) == [2]
    assert_chained(strokes)
    assert len(strokes.segments) <= 6
    assert apart(drawn(strokes), sketch == 0).max() <= 1.5
    assert apart(sketch == 0, drawn(strokes)).max() <= 1.5


def test_a_sharp_ring_begins_at_its_corner():
    """Of an eye, the corners are what one must not blunt."""
    upper, lower = (
        [(x, 48 + s * (48 - x) * (x - 20) // 20) for x in range(20, 49)] for s in (-1, 1)
    )
    sketch = sheet(upper, lower)
    strokes = traced(sketch)
    corner = strokes.points[strokes.segments[0, 0]] / 512 * 96
    assert corner == pytest.approx([20.5, 48.5])


def test_lines_that_cross_share_one_point():
    strokes = traced(sheet([(10, 50), (80, 50)], [(50, 10), (50, 80)]))
    assert len(strokes.segments) == 4
    assert ends(strokes) == [1, 1, 1, 1, 4]


def test_a_t_has_three_strokes_of_one_point():
    assert ends(traced(sheet([(10, 50), (80, 50)], [(50, 50), (50, 80)]))) == [1, 1, 1, 3]


def test_an_eight_has_two_loops_of_one_point():
    sketch = np.minimum(ring(48, 30, 10), ring(48, 50, 10))
    assert ends(traced(sketch)) == [4]


def test_a_line_through_a_ring_meets_it_twice():
    sketch = np.minimum(ring(48, 48, 20), sheet([(10, 48), (86, 48)]))
    assert ends(traced(sketch)) == [1, 1, 4, 4]


@pytest.mark.parametrize(("shortest", "strokes"), [(0, 3), (3, 3), (6, 1)])
def test_short_branches_are_dropped(shortest, strokes):
    sketch = sheet([(10, 50), (80, 50)])
    sketch[51:55, 40] = 0
    assert len(traced(sketch, shortest=shortest).starts) - 1 == strokes


def test_a_short_line_is_no_branch():
    assert len(traced(sheet([(10, 50), (12, 50)]), shortest=9).segments) == 1


def test_a_star_of_short_branches_stays():
    sketch = sheet()
    sketch[50, 48:53] = sketch[48:53, 50] = 0
    assert len(traced(sketch, shortest=9).starts) - 1 == 4


def test_a_blot_leaves_a_mark():
    sketch = sheet()
    sketch[40:43, 40:43] = 0
    assert drawn(traced(sketch))[41, 41]


@given(hnp.arrays(np.bool_, (12, 12), elements=st.booleans()))
def test_any_pixels_whatever_keep_a_stroke_in_every_group(mask):
    """Not only thin lines: blots and lattices shrink, but nothing vanishes."""
    sketch = np.where(np.pad(mask, 6), 0, 255).astype(np.uint8)
    strokes = traced(sketch)
    assert_chained(strokes)
    count, groups = cv2.connectedComponents((sketch == 0).astype(np.uint8), connectivity=8)
    found = drawn(strokes, 24)
    assert all(apart(groups == k, found).min() <= 2 for k in range(1, count))


@st.composite
def scribbles(draw):
    """A few smooth lines and rings, crossing at will."""
    places = st.tuples(st.integers(2, SIZE - 3), st.integers(2, SIZE - 3))
    lines = draw(st.lists(st.lists(places, min_size=2, max_size=5), min_size=1, max_size=5))
    return sheet(*lines, closed=draw(st.booleans()))


@settings(max_examples=200)
@given(scribbles())
def test_no_line_is_lost_and_none_invented(sketch):
    strokes = traced(sketch)
    assert_chained(strokes)
    assert apart(sketch == 0, drawn(strokes)).max() <= 3
    assert apart(drawn(strokes), sketch == 0).max() <= 3
    assert apart(sketch == 0, drawn(strokes)).mean() <= 0.6
    assert apart(drawn(strokes), sketch == 0).mean() <= 0.6


@given(scribbles())
def test_what_was_connected_stays_connected(sketch):
    before = cv2.connectedComponents((sketch == 0).astype(np.uint8), connectivity=8)[0]
    after = cv2.connectedComponents(drawn(traced(sketch)).astype(np.uint8), connectivity=8)[0]
    assert after <= before


@given(scribbles(), st.sampled_from([np.fliplr, np.flipud, np.transpose]))
def test_a_mirrored_sketch_has_mirrored_strokes(sketch, mirror):
    one, other = drawn(traced(sketch)), drawn(traced(np.ascontiguousarray(mirror(sketch))))
    assert apart(mirror(one), other).mean() <= 0.7
    assert apart(other, mirror(one)).mean() <= 0.7


@pytest.mark.parametrize("shape", [(4, 5), (4, 4, 3)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="square single-channel"):
        vectorize(np.zeros(shape, np.uint8), 1.5, 3.0)
