import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from facepencil.strokes.samples import part_centres, points_along
from facepencil.strokes.similarity import about, as_plane, best_similarity
from facepencil.strokes.strokes import Strokes

NUMBER = st.floats(-100, 100)


@given(NUMBER, NUMBER, st.floats(0.2, 5), st.floats(-3, 3), st.integers(0, 99))
def test_points_that_were_moved_are_moved_back(right, down, scale, angle, seed):
    rng = np.random.default_rng(seed)
    places = as_plane(rng.uniform(0, 512, (5, 2)))
    factor = scale * complex(np.cos(angle), np.sin(angle))
    move = about(complex(256, 256), factor, complex(right, down))
    found = best_similarity(move.places(places), places, rng.uniform(0.1, 1, 5))
    np.testing.assert_allclose(found.places(move.places(places)), places, atol=1e-6)
    np.testing.assert_allclose(found.after(move).factor, 1, atol=1e-9)
    upright = best_similarity(move.places(places), places, np.ones(5), turning=False)
    assert upright.factor.imag == 0


def test_points_of_a_line_stand_for_its_length():
    """A straight stroke of 90 px, of which one segment is twice as long as the other."""
    x = np.array([0, 10, 20, 30, 50, 70, 90], np.float32)
    points = np.stack([x, np.full(7, 5, np.float32)], axis=1)
    segments = np.array([[0, 1, 2, 3], [3, 4, 5, 6]], np.int32)
    strokes = Strokes(points, segments, np.array([0, 2], np.int32), np.ones(1, np.uint8))
    found = points_along(strokes)
    assert np.isclose(found.lengths.sum(), 90)
    centres = part_centres(found, np.ones(16, np.uint8), 3)
    np.testing.assert_allclose(centres[1], [45, 5])
    assert np.isnan(centres[[0, 2]]).all()
