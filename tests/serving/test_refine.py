"""Drawings between what they are and the faces of training, on strokes of real photos."""

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest
from scipy.spatial import cKDTree

from facepencil.serving.exemplars import Exemplars, choose_exemplars, read_exemplars
from facepencil.serving.refine import refine
from facepencil.store import ShardError
from facepencil.strokes.polylines import as_lines
from facepencil.strokes.proportions import lift
from facepencil.strokes.raster import rasterize
from facepencil.strokes.strokes import Facial, no_strokes, read_strokes, write_strokes
from tests.fixtures.doodles import labelled_doodle

BROWS = (Facial.LEFT_BROW, Facial.RIGHT_BROW)
SHARES = np.linspace(0, 1, 21)


@pytest.fixture(scope="session")
def faces(chain):
    return choose_exemplars(read_strokes(chain / "strokes.npz"), 600)


@pytest.fixture(scope="session")
def known(faces):
    return Exemplars(list(faces.values()))


def soft(strokes):
    """Lines blurred by three px of a sketch: pictures that differ as much as lines have moved."""
    raster = rasterize(strokes.points, strokes.segments, 256)
    return cv2.GaussianBlur(raster.astype(np.float64), (0, 0), 3)


def apart(one, other):
    """Of two pictures, the share of ink that is elsewhere."""
    return np.abs(one - other).sum() / (one + other).sum()


def ink(strokes, parts=tuple(Facial)):
    lines = [one.points for one in as_lines(strokes, 1) if one.part in parts]
    return np.concatenate(lines) if lines else np.zeros((0, 2))


def test_without_refinement_a_drawing_stays_as_it_is(known):
    drawn = labelled_doodle()
    assert refine(drawn, 0, known) is drawn


def test_what_is_drawn_changes_little_by_little(known):
    pictures = [soft(refine(labelled_doodle(), share, known)) for share in SHARES]
    steps = [apart(*pair) for pair in pairwise(pictures)]
    whole = apart(pictures[0], pictures[-1])
    assert whole > 0.3
    assert max(steps) < 0.3 * whole


def test_at_the_end_features_have_shapes_of_training(known):
    """Up to scale and place, a nearest exemplar has the same brows, eyes and nose."""
    end = refine(labelled_doodle(), 1, known)
    for part in (*BROWS, Facial.LEFT_EYE, Facial.RIGHT_EYE, Facial.NOSE):
        distances = [_unlike(ink(end, [part]), ink(one, [part])) for one in known.strokes]
        assert min(distances) < 0.06


def _unlike(points, others):
    """Largest distance from one shape to another when both are one wide."""
    left, right = ((p - p.min(0)) / np.ptp(p[:, 0]) for p in (points, others))
    return max(cKDTree(right).query(left)[0].max(), cKDTree(left).query(right)[0].max())


def test_features_come_to_where_they_plausibly_are(known):
    drawn = labelled_doodle()
    astray = drawn.points.copy()
    mouth = np.unique(drawn.segments[np.repeat(drawn.parts, np.diff(drawn.starts)) == Facial.MOUTH])
    astray[mouth] += [60, 40]
    usual = ink(refine(drawn, 1, known), [Facial.MOUTH]).mean(0)
    far = ink(refine(replace(drawn, points=astray), 1, known), [Facial.MOUTH]).mean(0)
    assert 0 < np.hypot(*(far - usual)) < np.hypot(60, 40) / 2


def test_missing_parts_come_with_the_share(known):
    drawn = labelled_doodle(hair=False)
    lengths = [len(ink(refine(drawn, share, known), BROWS)) for share in (0, 0.25, 0.5, 1)]
    assert lengths[0] == 0 < lengths[1] < lengths[2] < lengths[3]
    hair = ink(refine(drawn, 1, known), [Facial.REST])
    assert len(hair)


def test_hair_stays_what_was_drawn(known):
    drawn = labelled_doodle()
    hair = refine(drawn, 1, known)
    before, after = (ink(one, [Facial.REST]) for one in (drawn, hair))
    assert np.ptp(after[:, 1]) == pytest.approx(np.ptp(before[:, 1]), rel=0.4)
    assert (hair.parts == Facial.REST).sum() == (drawn.parts == Facial.REST).sum()


def test_a_smile_stays_a_smile(known):
    smile, frown = (
        ink(refine(labelled_doodle(smile_px=px), 1, known), [Facial.MOUTH]) for px in (25, -25)
    )
    assert lift(smile) > lift(frown) + 0.05


def test_two_doodles_stay_two_faces(known):
    first, other = labelled_doodle(), labelled_doodle(-25, 22, False)
    assert apart(*(soft(refine(one, 1, known)) for one in (first, other))) > 0.3


def test_a_drawing_of_which_nothing_is_told_stays_as_it_is(known):
    drawn = labelled_doodle()
    untold = replace(drawn, parts=np.zeros_like(drawn.parts))
    assert refine(untold, 1, known) is untold
    empty = no_strokes()
    assert refine(empty, 1, known) is empty


def test_a_single_part_is_enough(known):
    drawn = labelled_doodle()
    first, last = drawn.starts[4:6]
    alone = replace(
        drawn,
        segments=drawn.segments[first:last],
        starts=np.array([0, last - first], np.int32),
        parts=drawn.parts[4:5],
    )
    assert set(refine(alone, 1, known).parts.tolist()) == {int(part) for part in Facial}


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_share_out_of_range_is_refused(known, share):
    with pytest.raises(ValueError, match="expected 0 to 1"):
        refine(labelled_doodle(), share, known)


def test_exemplars_are_whole_and_the_most_usual(chain, faces):
    drawn = read_strokes(chain / "strokes.npz")
    assert all(set(Facial) - {0} <= set(one.parts) for one in faces.values())
    assert list(faces) == [name for name in drawn if name in faces]
    few = choose_exemplars(drawn, 5)
    assert len(few) == 5
    assert set(few) < set(faces)
    assert not choose_exemplars({"a": labelled_doodle()}, 5)  # it has no brows


def test_exemplars_are_read_as_written(tmp_path, faces, known):
    write_strokes(tmp_path / "exemplars.npz", faces)
    again = read_exemplars(tmp_path / "exemplars.npz")
    assert np.array_equal(again.places, known.places)
    with pytest.raises(ShardError, match=r"absent\.npz: no such file"):
        read_exemplars(tmp_path / "absent.npz")
    write_strokes(tmp_path / "part.npz", {"a": labelled_doodle(), **faces})
    with pytest.raises(ShardError, match="'a' lacks some"):
        read_exemplars(tmp_path / "part.npz")
    write_strokes(tmp_path / "few.npz", {})
    with pytest.raises(ShardError, match=r"few\.npz: expected 2 training faces"):
        read_exemplars(tmp_path / "few.npz")
