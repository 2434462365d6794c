import numpy as np
import pytest

from facepencil.serving.svg_drawing import read_svg
from facepencil.strokes.raster import rasterize
from facepencil.strokes.strokes import Strokes
from facepencil.strokes.svg import to_svg

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200">'


def read(tmp_path, body, head=HEAD):
    path = tmp_path / "drawing.svg"
    path.write_text(f"{head}{body}</svg>")
    return read_svg(path)


def inked(strokes):
    return rasterize(strokes.points, strokes.segments, 512) > 0


def test_what_we_write_is_read_back(tmp_path):
    points = np.random.default_rng(0).uniform(0, 512, (11, 2)).astype(np.float32)
    segments = np.array([[0, 1, 2, 3], [3, 4, 5, 6], [7, 8, 9, 10]], np.int32)
    strokes = Strokes(points, segments, np.array([0, 2, 3], np.int32), np.zeros(2, np.uint8))
    (tmp_path / "ours.svg").write_text(to_svg(strokes))
    found = read_svg(tmp_path / "ours.svg")
    assert np.array_equal(found.starts, strokes.starts)
    got, wanted = found.points[found.segments], points[segments]
    assert abs(got - wanted).max() < 0.02


@pytest.mark.parametrize(
    ("body", "other"),
    [
        ('<rect x="40" y="50" width="60" height="30"/>', '<path d="M40 50h60v30h-60z"/>'),
        ('<path d="M20 20q40 80 90 0"/>', '<path d="M20 20C46.667 73.333 76.667 73.333 110 20"/>'),
        (
            '<circle cx="90" cy="80" r="30"/>',
            '<path d="M120 80a30 30 0 1 1-60 0a30 30 0 0 1 60 0"/>',
        ),
        (
            '<g transform="translate(30 10) scale(2)"><line x1="5" y1="5" x2="40" y2="60"/></g>',
            '<line x1="40" y1="20" x2="110" y2="130"/>',
        ),
        (
            '<line x1="5" y1="5" x2="40" y2="60" stroke="red" stroke-width="9"/>',
            '<polyline points="5,5 40,60" stroke="black"/>',
        ),
    ],
    ids=["rectangle", "quadratic", "circle", "transformed", "width and colour"],
)
def test_every_shape_is_drawn_as_the_path_that_it_is(tmp_path, body, other):
    pen = '<g fill="none" stroke="black">'
    some, path = (inked(read(tmp_path, f"{pen}{one}</g>")) for one in (body, other))
    assert some.sum() > 50
    assert (some != path).sum() < 0.02 * some.sum()


def test_the_paper_is_no_line_and_a_filled_dot_is_one(tmp_path):
    paper = '<rect width="100%" height="100%" fill="white"/>'
    assert len(read(tmp_path, paper).segments) == 0
    assert len(read(tmp_path, paper + "<text>no</text>").segments) == 0
    assert len(read(tmp_path, paper + '<circle cx="50" cy="60" r="5"/>').starts) == 2


def test_a_page_that_is_not_square_is_centred(tmp_path):
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="200">'
    line = '<line x1="0" y1="100" x2="100" y2="100" stroke="black"/>'
    points = read(tmp_path, line, head).points
    assert np.allclose(points[[0, -1]], [[128, 256], [384, 256]])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("no drawing", "SVG document"),
        ("<svg", "SVG document"),
        ("", "SVG document"),
        ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 0 0"></svg>', "page|SVG document"),
        (f'{HEAD}<path d="M0 0L1e9 5" stroke="black"/></svg>', "near the page"),
        (f'{HEAD}<g id="a"><path d="M0 0L9 5"/></g><use href="#a"/></svg>', "<use> is not taken"),
    ],
)
def test_what_is_no_drawing_is_named(tmp_path, text, wanted):
    (tmp_path / "bad.svg").write_text(text)
    with pytest.raises(ValueError, match=wanted) as told:
        read_svg(tmp_path / "bad.svg")
    assert str(tmp_path / "bad.svg") in str(told.value)
