from typing import get_args

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facepencil.config.deform import Kind
from facepencil.strokes.edit import beginning, connected, segment_lengths, split, subdivide, through
from facepencil.strokes.kinds import KINDS, change_by
from facepencil.strokes.raster import rasterize
from facepencil.strokes.strokes import Facial, Strokes, no_strokes
from facepencil.strokes.vectorize import vectorize

SEEDS = st.integers(0, 2**32 - 1)
KIND = st.sampled_from(list(KINDS))


@pytest.fixture(scope="module")
def face() -> Strokes:
    """A drawn face with labels; nose and mouth share a point, and so do outline and hair."""
    sketch, parts = np.full((256, 256), 255, np.uint8), np.zeros((256, 256), np.uint8)
    cv2.ellipse(sketch, (128, 130), (80, 105), 0, -20, 200, 0)
    cv2.ellipse(sketch, (128, 130), (80, 105), 0, 200, 340, 0)
    cv2.polylines(sketch, [np.array([[128, 120], [112, 160], [128, 184]])], False, 0)
    for ear in ((20, 100), (236, 100)):
        cv2.line(sketch, ear, (48 if ear[0] < 128 else 208, 130), 0)
    for x in (95, 161):
        cv2.ellipse(sketch, (x, 112), (14, 7), 0, 0, 360, 0)
        cv2.line(sketch, (x - 18, 92), (x + 18, 90), 0)
    cv2.ellipse(sketch, (128, 170), (30, 12), 0, 10, 170, 0)
    parts[95:] = Facial.OUTLINE
    parts[85:100, 60:128], parts[85:100, 128:190] = Facial.LEFT_BROW, Facial.RIGHT_BROW
    parts[100:122, 75:112], parts[100:122, 145:180] = Facial.LEFT_EYE, Facial.RIGHT_EYE
    parts[120:172, 105:140], parts[172:190, 90:165] = Facial.NOSE, Facial.MOUTH
    return vectorize(sketch, 1.5, 3, parts)


def unlabelled(strokes):
    return Strokes(strokes.points, strokes.segments, strokes.starts, np.zeros_like(strokes.parts))


def changed(kind, strokes, strength, seed):
    return change_by(kind, strokes, strength, np.random.default_rng(seed))


def drawn(strokes):
    return rasterize(strokes.points, strokes.segments, 256)


def test_the_face_has_all_parts(face):
    assert set(face.parts) == set(Facial)


@given(kind=KIND, seed=SEEDS, strength=st.floats(0, 1), labels=st.booleans())
def test_strokes_stay_strokes(face, kind, seed, strength, labels):
    strokes = face if labels else unlabelled(face)
    once, again = (changed(kind, strokes, strength, seed) for _ in range(2))
    assert np.isfinite(once.points).all() and drawn(once).any()
    for name in ("points", "segments", "starts", "parts"):
        ours = getattr(once, name)
        assert ours.dtype == getattr(face, name).dtype
        assert ours.tobytes() == getattr(again, name).tobytes()
    assert labels or not once.parts.any()


@given(kind=KIND, seed=SEEDS)
def test_nothing_changes_at_strength_0(face, kind, seed):
    np.testing.assert_array_equal(drawn(changed(kind, face, 0, seed)), drawn(face))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_and_single_strokes_pass(kind):
    assert not len(changed(kind, no_strokes(), 1, 0).parts)
    spot = Strokes(
        np.full((1, 2), 256, np.float32),
        np.zeros((1, 4), np.int32),
        np.array([0, 1], np.int32),
        np.zeros(1, np.uint8),
    )
    for seed in range(20):
        assert drawn(changed(kind, spot, 1, seed)).any()


def test_wrong_kinds_and_strengths_are_refused(face):
    with pytest.raises(ValueError, match="kind 'tear': expected one of drop"):
        changed("tear", face, 1, 0)
    with pytest.raises(ValueError, match=r"strength 1\.5: expected 0 to 1"):
        changed("drop", face, 1.5, 0)


@given(seed=SEEDS)
def test_more_is_missing_as_strength_rises(face, seed):
    strengths = (0.25, 0.5, 1)
    counts = [len(changed("drop", face, strength, seed).parts) for strength in strengths]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == len(face.parts) - round(0.3 * len(face.parts))
    whole = segment_lengths(face).sum()
    left = [segment_lengths(changed("progress", face, s, seed)).sum() / whole for s in strengths]
    assert left == sorted(left, reverse=True)
    assert 0.15 < left[-1] < 0.55


@given(kind=st.sampled_from(["parts", "warp"]), seed=SEEDS)
def test_more_is_moved_as_strength_rises(face, kind, seed):
    start = changed(kind, face, 1e-9, seed).points
    means = [
        np.hypot(*(changed(kind, face, strength, seed).points - start).T).mean()
        for strength in (0.25, 0.5, 1)
    ]
    assert 0 < means[0] < means[1] < means[2]


@given(seed=SEEDS)
def test_parts_move_as_a_whole_and_apart(face, seed):
    apart, owner = split(face, face.parts.astype(np.intp))
    moved = changed("parts", face, 1, seed).points
    for part in np.unique(owner):
        before = np.column_stack([apart.points[owner == part], np.ones((owner == part).sum())])
        change, *_ = np.linalg.lstsq(before, moved[owner == part], rcond=None)
        np.testing.assert_allclose(before @ change, moved[owner == part], atol=1e-2)
        assert 0.4 < np.linalg.det(change[:2]) < 2.2


@given(seed=SEEDS)
def test_a_warp_does_not_fold(seed):
    x, y = np.meshgrid(np.arange(0, 512, 8.0), np.arange(0, 512, 8.0))
    grid = np.stack([x, y], -1)
    sheet = through(list(grid), np.zeros(len(grid), np.uint8))
    moved = changed("warp", sheet, 1, seed).points[: x.size].reshape(*x.shape, 2)
    across, down = np.diff(moved, axis=1)[:-1], np.diff(moved, axis=0)[:, :-1]
    assert (across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0] > 0).all()


@given(seed=SEEDS)
def test_a_doodle_keeps_head_eyes_and_mouth(face, seed):
    doodle = changed("abstract", face, 1, seed)
    counts = np.bincount(doodle.parts, minlength=len(Facial))
    assert counts[Facial.OUTLINE] == counts[Facial.MOUTH] == 1
    assert counts[Facial.LEFT_EYE] == counts[Facial.RIGHT_EYE] >= 1
    for eye in (Facial.LEFT_EYE, Facial.RIGHT_EYE):
        middles = [
            one.points[one.segments[np.repeat(one.parts == eye, np.diff(one.starts))]].mean((0, 1))
            for one in (face, doodle)
        ]
        assert np.hypot(*(middles[0] - middles[1])) < 40


def test_sloppy_lines_need_more_ink(face):
    ink = [
        np.mean([np.count_nonzero(drawn(changed("width", face, s, seed))) for seed in range(20)])
        for s in (0, 0.5, 1)
    ]
    assert ink[0] < ink[1] < ink[2]


def test_a_split_keeps_the_drawing_and_joins_within_groups(face):
    apart, owner = split(face, face.parts.astype(np.intp))
    np.testing.assert_array_equal(drawn(apart), drawn(face))
    assert len(apart.points) > len(face.points)
    assert len(np.unique(connected(face))) < len(face.parts)
    of = np.repeat(face.parts, np.diff(face.starts))
    assert (owner[apart.segments] == of[:, None]).all()


def test_subdivision_and_a_whole_beginning_keep_the_lines(face):
    fine = subdivide(face, 10)
    assert segment_lengths(fine).max() < 11 < segment_lengths(face).max()
    near = cv2.dilate(drawn(face), np.ones((3, 3), np.uint8))
    assert (near[drawn(fine) > 0] > 0).all()
    np.testing.assert_array_equal(drawn(beginning(face, 1)), drawn(face))


def test_kinds_are_those_of_the_params() -> None:
    assert set(KINDS) == set(get_args(Kind))
