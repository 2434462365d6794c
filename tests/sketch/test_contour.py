import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from facepencil.sketch.contour import draw_curves, fill, hull, smooth

corners = arrays(
    np.float32, st.tuples(st.integers(3, 12), st.just(2)), elements=st.floats(0, 60, width=32)
)


@given(corners)
def test_curve_goes_through_its_corners(points: np.ndarray) -> None:
    curve = smooth(points)
    np.testing.assert_allclose(curve[::6], points, atol=1e-4)


@given(corners)
def test_closed_curve_is_the_same_wherever_it_starts(points: np.ndarray) -> None:
    loop, turned = (np.vstack([ring, ring[:1]]) for ring in (points, np.roll(points, 1, 0)))
    np.testing.assert_allclose(smooth(turned)[:-1], np.roll(smooth(loop)[:-1], 6, 0), atol=1e-3)


@given(corners)
def test_hull_holds_every_point(points: np.ndarray) -> None:
    inside = fill([hull(points)], 64)
    at = np.rint(points).astype(int)
    assert inside[at[:, 1], at[:, 0]].all()


def test_lines_are_drawn_at_pixel_centres() -> None:
    curve = np.array([[3, 5], [12, 5]], np.float32)
    rows, columns = np.nonzero(draw_curves([curve], 16))
    assert set(rows) == {5}
    assert columns.tolist() == list(range(3, 13))
