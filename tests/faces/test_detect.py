"""YuNet finds faces of any size in photos of any size, and its points bear resizing."""

from functools import partial

import cv2
import numpy as np
import pytest
from skimage import data

from facepencil.faces.align import inverse, scale_of, similarity, template, transform_points
from facepencil.faces.decode import decode
from facepencil.faces.detect import Detector

PHOTO = data.astronaut()


@pytest.fixture(scope="module")
def detector(weights) -> Detector:
    return Detector(weights("yunet.onnx"), 0.7)


def resized(photo: np.ndarray, side: int) -> np.ndarray:
    method = cv2.INTER_AREA if side < max(photo.shape) else cv2.INTER_CUBIC
    scale = side / max(photo.shape)
    return cv2.resize(photo, None, fx=scale, fy=scale, interpolation=method)


@pytest.mark.parametrize("side", [90, 512, 3000])
def test_the_astronaut_at_any_size(detector, side):
    faces = detector.detect(resized(PHOTO, side))
    assert len(faces) == 1
    eye, other_eye, nose, mouth, other_mouth = detector.refine(
        resized(PHOTO, side), faces[0]
    ).points * (512 / side)
    assert np.allclose((eye + other_eye) / 2, [219, 104], atol=8)
    assert np.allclose((mouth + other_mouth) / 2, [222, 147], atol=8)
    assert eye[0] < nose[0] < other_eye[0]
    assert faces[0].score > 0.7


def test_a_small_face_in_a_large_photo(detector):
    wide = np.full((3000, 4000, 3), 90, np.uint8)
    wide[1500:1680, 3000:3180] = resized(PHOTO, 180)
    faces = detector.detect(wide)
    assert len(faces) == 1
    eyes = detector.refine(wide, faces[0]).points[:2]
    assert np.allclose(eyes.mean(axis=0), [3077, 1536.5], atol=3)


def test_a_face_that_fills_a_large_photo(detector):
    near = resized(PHOTO[55:175, 165:285], 3000)
    assert len(detector.detect(near)) == 1


def test_the_largest_comes_first(detector):
    both = np.hstack([resized(PHOTO, 300), np.full((300, 512, 3), 60, np.uint8)])
    both = np.vstack([both, np.hstack([np.full((512, 300, 3), 60, np.uint8), PHOTO])])
    faces = detector.detect(both)
    assert len(faces) == 2
    assert faces[0].box[2] > faces[1].box[2]


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (40, 30), (300, 400)])
def test_no_face(detector, shape):
    assert detector.detect(np.full((*shape, 3), 127, np.uint8)) == []


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.onnx"):
        Detector(tmp_path / "none.onnx", 0.7)


def moved(points, other) -> float:
    """Mean distance between the corners of the crops that two sets of points ask for."""
    corners = np.array([[0, 0], [255, 0], [0, 255], [255, 255]], float)
    crops = [
        transform_points(corners, inverse(similarity(each, template(256, 0.28))))
        for each in (points, other)
    ]
    scale = scale_of(similarity(points, template(256, 0.28)))
    return float(np.hypot(*(crops[0] - crops[1]).T).mean() * scale)


def mirrored(photo):
    def back(points):
        return np.column_stack([photo.shape[1] - 1 - points[:, 0], points[:, 1]])[[1, 0, 2, 4, 3]]

    return np.ascontiguousarray(photo[:, ::-1]), back


def turned(photo, degrees):
    turn = cv2.getRotationMatrix2D((89, 109), degrees, 1)
    turn[:, 2] += 80, 60
    view = cv2.warpAffine(photo, turn, (338, 338), flags=cv2.INTER_CUBIC)
    return view, lambda points: transform_points(points, inverse(turn))


@pytest.mark.parametrize(
    ("change", "once_px", "refined_px"),
    [
        (mirrored, 8, 6.5),
        (partial(turned, degrees=20), 25, 9),
        (partial(turned, degrees=-35), 45, 12),
    ],
)
def test_refined_points_align_a_changed_photo_alike(
    detector, celeba_photos, change, once_px, refined_px
):
    once, refined = [], []
    for photo in map(decode, celeba_photos.values()):
        view, back = change(photo)
        rough, rough_view = detector.detect(photo)[0], detector.detect(view)[0]
        once.append(moved(rough.points, back(rough_view.points)))
        better = detector.refine(photo, rough).points
        refined.append(moved(better, back(detector.refine(view, rough_view).points)))
    assert np.median(once) > once_px, "one search would do"
    assert np.median(refined) < refined_px
