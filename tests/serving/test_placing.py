"""Drawings find their way back to where faces lie."""

import numpy as np
import pytest

from facepencil.serving.placing import place
from facepencil.strokes.edit import select
from facepencil.strokes.similarity import about
from facepencil.strokes.strokes import CANVAS_PX, Facial, Strokes
from tests.training.test_part_finding import two_lines

AWAY = about(complex(256, 256), 0.4 * np.exp(1j * np.radians(20)), complex(180, 330))
"""Shrunk to 40 %, turned by 20 degrees and shifted."""


def distance(one: Strokes, other: Strokes) -> float:
    """Mean distance of their points, canvas px."""
    return float(np.hypot(*(one.points - other.points).T).mean())


def returned(drawing: Strokes, finder) -> float:
    return distance(place(AWAY.strokes(drawing), finder).strokes, drawing)


@pytest.mark.slow
def test_a_sketch_laid_elsewhere_comes_back(trained_finder):
    """To where faces lie in the mean, from which each lies some 14 px away."""
    finder, seen, _ = trained_finder
    away = [distance(AWAY.strokes(one), one) for one in seen.values()]
    back = [returned(one, finder) for one in seen.values()]
    assert min(away) > 80
    assert np.median(back) < 25
    note = place(AWAY.strokes(next(iter(seen.values()))), finder).note
    assert note.startswith("by parts: 2") and "° left" in note


@pytest.mark.slow
def test_a_sketch_in_its_place_stays_there(trained_finder):
    finder, seen, _ = trained_finder
    placed = [(place(one, finder), one) for one in seen.values()]
    stayed = [np.array_equal(one.strokes.points, before.points) for one, before in placed]
    assert np.mean(stayed) > 0.7


def test_without_a_finder_a_drawing_stays_and_is_said_to_be_badly_placed():
    lines = two_lines()
    tiny = about(0j, 0.2 + 0j, 0j).strokes(lines)
    assert place(lines, None).strokes is lines and not place(lines, None).said
    assert place(tiny, None).said.startswith("tiny")


@pytest.mark.slow
def test_where_no_parts_are_found_the_extent_decides(trained_finder):
    line = two_lines()
    single = Strokes(line.points[:4], line.segments[:1], line.starts[:2], line.parts[:1])
    placed = place(single, trained_finder.finder)
    assert placed.note.startswith("by extent")
    ends = placed.strokes.points[[0, 3]]
    np.testing.assert_allclose(ends.mean(0), CANVAS_PX / 2, atol=1e-3)


@pytest.mark.slow
def test_a_nose_and_a_mouth_do_not_turn_a_face(trained_finder):
    """Nor does what is found in a drawing of nothing but them take it off the page."""
    finder, seen, _ = trained_finder
    pair = [Facial.NOSE, Facial.MOUTH]
    sketches = [one for one in seen.values() if set(pair) <= set(one.parts)]
    placed = [place(AWAY.strokes(chosen(one, pair)), finder) for one in sketches]
    moved = [one for one in placed if one.note.startswith("by parts")]
    assert moved and not any("°" in one.note for one in moved)


def chosen(strokes: Strokes, parts: list[Facial]) -> Strokes:
    """The strokes of some parts alone."""
    return select(strokes, np.flatnonzero(np.isin(strokes.parts, parts)))
