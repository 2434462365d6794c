"""The drawings to judge by, and their list."""

import csv
from collections import Counter

import pytest

from facepencil.serving.svg_drawing import read_svg
from facepencil.strokes.strokes import CANVAS_PX
from tests.fixtures.commands import ROOT

FOLDER = ROOT / "drawings"
FILES = sorted(FOLDER.glob("*/*.svg"))
AT_LEAST = {"careful": 12, "careless": 24, "doodles": 24}
ROWS = list(csv.DictReader((FOLDER / "split.csv").read_text().splitlines()))


def test_list_names_every_file_once():
    assert [row["path"] for row in ROWS] == [str(path.relative_to(FOLDER)) for path in FILES]


def test_every_row_is_filled_and_names_its_folder():
    assert all(all(row.values()) for row in ROWS)
    assert all(row["path"].split("/")[0] == row["group"] for row in ROWS)


def test_groups_are_large_enough_and_split_in_half():
    halves = Counter((row["group"], row["split"]) for row in ROWS)
    assert set(halves) == {(group, split) for group in AT_LEAST for split in ("choose", "last")}
    for group, least in AT_LEAST.items():
        assert halves[group, "choose"] == halves[group, "last"] >= least / 2


def test_no_two_drawings_are_equal_or_of_one_name():
    """Painted faces are named by the drawing's name alone."""
    lines = {path.read_text().partition("</title>")[2] for path in FILES}
    assert len(lines) == len({path.stem for path in FILES}) == len(FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_drawing_has_lines_on_the_page(path):
    strokes = read_svg(path)
    ends = strokes.points[strokes.segments[:, [0, 3]].ravel()]
    assert len(strokes.segments) > 5
    assert ((ends >= 0) & (ends <= CANVAS_PX)).all()
