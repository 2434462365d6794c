"""The similarity transform, the template and the crops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage import data
from skimage.transform import SimilarityTransform

from facepencil.faces.align import (
    crop_face,
    crop_labels,
    scale_of,
    similarity,
    template,
    transform_points,
    warp,
)

SIZE = 96
angles = st.floats(-np.pi, np.pi)


def matrix_of(scale: float, angle: float, photo_centre: tuple[float, float]) -> np.ndarray:
    """Maps `photo_centre` to the middle of the crop."""
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, (SIZE - 1) / 2 - turn @ np.array(photo_centre)])


@given(st.floats(0.01, 100), angles, st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_similarity_recovers_scale_turn_and_shift(scale, angle, x, y):
    expected = matrix_of(scale, angle, (x, y))
    target = template(256, 0.25)
    back = np.linalg.inv(np.vstack([expected, [0, 0, 1]]))[:2]
    found = similarity(transform_points(target, back), target)
    assert np.allclose(found, expected, rtol=1e-6, atol=1e-6 * max(1, abs(expected).max()))
    assert scale_of(found) == pytest.approx(scale)


@given(st.integers(0, 2**32 - 1))
def test_similarity_is_umeyamas_least_squares(seed):
    rng = np.random.default_rng(seed)
    target = template(256, 0.25)
    source = target + rng.normal(0, 15, target.shape)
    reference = SimilarityTransform.from_estimate(source, target).params[:2]
    assert np.allclose(similarity(source, target), reference, atol=1e-6)


def test_coinciding_points_are_an_error():
    with pytest.raises(ValueError, match="points that differ"):
        similarity(np.ones((5, 2)), template(256, 0.25))


@given(st.integers(16, 1024), st.floats(0.05, 0.4))
def test_template_is_level_symmetric_and_scaled(size, fraction):
    eye, other_eye, nose, mouth, other_mouth = template(size, fraction)
    assert eye[1] == other_eye[1]
    assert mouth[1] == other_mouth[1]
    middle = (size - 1) / 2
    assert np.allclose([(eye + other_eye)[0] / 2, nose[0], (mouth + other_mouth)[0] / 2], middle)
    assert mouth[1] - eye[1] == pytest.approx(fraction * size)


@given(st.floats(0.05, 4), angles, st.floats(0.2, 0.8), st.floats(0.2, 0.8))
def test_warp_keeps_a_ramp_a_ramp(scale, angle, x, y):
    """Area averages and cubics both keep linear functions: any slip in position would show."""
    height, width = (500, 700) if scale < 1 else (50, 70)
    rows, columns = np.mgrid[:height, :width]
    ramp = np.dstack([columns / width * 255, rows / height * 255, columns * 0 + 128])
    matrix = matrix_of(scale, angle, (x * width, y * height))
    crop = warp(np.rint(ramp).astype(np.uint8), matrix, SIZE)
    v, u = np.mgrid[:SIZE, :SIZE]
    back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    at = transform_points(np.stack([u.ravel(), v.ravel()], axis=1).astype(float), back)
    rim = 3 + 3 / scale
    inside = ((at > rim) & (at < np.array([width, height]) - 1 - rim)).all(axis=1)
    expected = np.column_stack([at / [width, height] * 255, np.full(len(at), 128)])
    error = np.abs(crop.reshape(-1, 3) - expected)[inside]
    slope = 255 / height / scale
    assert error.max(initial=0) < 1.6 + 0.06 * slope


@pytest.mark.parametrize("scale", [0.07, 0.2, 0.45])
def test_shrinking_averages_what_it_skips(scale):
    board = (np.indices((900, 900)).sum(axis=0) % 2 * 255).astype(np.uint8)
    crop = warp(np.dstack([board] * 3), matrix_of(scale, 0.3, (450, 450)), SIZE)
    middle = crop[40:56, 40:56]
    assert abs(middle.mean() - 127.5) < 2
    assert middle.std() < 8


def test_a_crop_within_the_photo_is_left_alone():
    photo = data.astronaut()
    matrix = matrix_of(0.5, 0.1, (250, 250))
    assert (crop_face(photo, matrix, SIZE) == warp(photo, matrix, SIZE)).all()


@pytest.mark.parametrize("angle", [0.0, 0.5])
def test_beyond_the_photo_it_fades_without_an_edge(angle):
    photo = data.astronaut()
    size, scale = 256, 1.0
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.column_stack([turn, [120.0, 20.0]])
    crop, mirrored = crop_face(photo, matrix, size), warp(photo, matrix, size)
    v, u = np.mgrid[:size, :size]
    back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    x, y = transform_points(np.stack([u.ravel(), v.ravel()], axis=1).astype(float), back).T.reshape(
        2, size, size
    )
    depth = -np.minimum(x, y)
    assert (crop[depth <= 0] == mirrored[depth <= 0]).all()
    detail = np.abs(np.diff(crop.astype(int), axis=1)).sum(axis=2)
    bands = [
        detail[:, 1:][(low < depth[:, 2:]) & (depth[:, 2:] <= high)]
        for low, high in ((-20, 0), (0, 10), (20, 40), (60, 100))
    ]
    near, rim, far, farthest = (band.mean() for band in bands)
    assert rim < 1.3 * near
    assert near > far > farthest
    assert crop[depth > 0].min(axis=1).mean() > 5


@pytest.mark.parametrize("finer", [1, 2, 4])
def test_labels_follow_the_photo_and_are_never_mixed(finer):
    photo = np.zeros((400, 400, 3), np.uint8)
    photo[100:300, 150:250] = 255
    labels = np.zeros((400 // finer, 400 // finer), np.uint8)
    labels[100 // finer : 300 // finer, 150 // finer : 250 // finer] = 7
    matrix = matrix_of(0.3, 0.4, (190, 210))
    crop = crop_labels(labels, matrix, SIZE, (400, 400))
    assert set(np.unique(crop)) == {0, 7}
    agree = (crop == 7) == (warp(photo, matrix, SIZE)[..., 0] > 127)
    assert agree.mean() > 0.985


def test_labels_beyond_the_photo_are_background():
    labels = np.full((100, 100), 3, np.uint8)
    crop = crop_labels(labels, np.array([[1.0, 0, 50], [0, 1.0, 0]]), SIZE, (100, 100))
    assert (crop[:, :49] == 0).all()
    assert (crop[:, 51:] == 3).all()


def test_a_huge_photo_costs_only_its_region():
    photo = np.zeros((4, 40_000, 3), np.uint8)
    photo[:, 39_990:] = 200
    crop = warp(photo, np.array([[1.0, 0, 48 - 39_990], [0, 1.0, 46]]), SIZE)
    assert (crop[46:50, 49:57] == 200).all()
    assert (crop[46:50, :46] == 0).all()
