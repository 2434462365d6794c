import numpy as np

from facepencil.strokes.polylines import PartLine, as_lines, as_strokes, evenly, lengths
from facepencil.strokes.raster import rasterize
from facepencil.strokes.strokes import Facial, no_strokes
from tests.fixtures.doodles import labelled_doodle


def test_lines_lie_where_their_strokes_do():
    strokes = labelled_doodle()
    again = as_strokes(as_lines(strokes, 4))
    assert again.parts.tolist() == strokes.parts.tolist()
    pairs = (strokes, again), (again, strokes)
    for one, other in pairs:
        thin, thick = (rasterize(s.points, s.segments, 256, px) for s, px in ((one, 1), (other, 3)))
        assert not (thin & ~thick).any()


def test_points_are_even_and_as_close_as_asked():
    chain = np.array([[0.0, 0], [10, 0], [23, 0]])
    points = evenly(chain, 4)
    assert np.allclose(np.diff(lengths(points)), 23 / 6)
    assert np.array_equal(points[[0, -1]], chain[[0, -1]])


def test_dots_and_nothing_stay_what_they_are():
    dot = as_lines(as_strokes([PartLine(np.full((2, 2), 7.0), Facial.NOSE)]), 4)
    assert len(dot) == 1
    assert np.array_equal(dot[0].points, np.full((2, 2), 7.0))
    assert as_lines(no_strokes(), 4) == []
    assert len(as_strokes([]).segments) == 0
