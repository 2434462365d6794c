import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from facepencil.strokes.strokes import Strokes, no_strokes
from facepencil.strokes.svg import to_svg
from facepencil.strokes.vectorize import vectorize

NAMES = {"s": "http://www.w3.org/2000/svg"}


@pytest.fixture(scope="module")
def ring_and_line() -> Strokes:
    sketch = np.full((64, 64), 255, np.uint8)
    sketch[20, 5:36] = 0
    sketch[[40, 60], 31:60] = sketch[41:60, [30, 60]] = 0
    return vectorize(sketch, 1.0, 0)


def test_a_canvas_with_round_pens_and_one_path_a_stroke(ring_and_line):
    page = ElementTree.fromstring(to_svg(ring_and_line, line_px=3))
    assert page.get("viewBox") == "0 0 512 512"
    pen = page.find("s:g", NAMES)
    assert (pen.get("stroke-linecap"), pen.get("stroke-width"), pen.get("fill")) == (
        "round",
        "3",
        "none",
    )
    assert len(pen) == len(ring_and_line.starts) - 1 == 2


def test_paths_hold_the_strokes(ring_and_line):
    page = ElementTree.fromstring(to_svg(ring_and_line))
    for path, first, last in zip(
        page.iterfind(".//s:path", NAMES),
        ring_and_line.starts[:-1],
        ring_and_line.starts[1:],
        strict=True,
    ):
        move, curves = path.get("d").removeprefix("M").split("C")
        found = np.array(f"{move} {curves}".split(), float).reshape(-1, 2)
        segments = ring_and_line.segments[first:last]
        indices = np.append(segments[0, 0], segments[:, 1:])
        np.testing.assert_allclose(found, ring_and_line.points[indices], atol=0.006)


def test_an_empty_sheet_is_a_page_too():
    page = ElementTree.fromstring(to_svg(no_strokes()))
    assert page.find("s:rect", NAMES).get("fill") == "white"
    assert not list(page.iterfind(".//s:path", NAMES))
