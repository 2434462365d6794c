"""The mesh, what is drawn from it, and the person mask, on a real face."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from facepencil.pretrained.face_mesh import FaceMesh, Mesh
from facepencil.pretrained.person_mask import PersonMask
from facepencil.sketch.contour import CHIN, EYES, LIPS, draw, fill
from facepencil.sketch.interior import distance_to, interior, missing_chin
from facepencil.sketch.iris import irises

Weights = Callable[[str], Path]
PHOTO = np.ascontiguousarray(data.astronaut()[:256, 96:352])
EYE_RIGHT, EYE_LEFT, MOUTH = (105, 101), (153, 103), (128, 145)


@pytest.fixture(scope="module")
def face_mesh(weights: Weights) -> FaceMesh:
    return FaceMesh(weights("face_mesh.tflite"))


@pytest.fixture(scope="module")
def mesh(face_mesh: FaceMesh) -> Mesh:
    return face_mesh(PHOTO)


@pytest.fixture(scope="module")
def points(mesh: Mesh) -> np.ndarray:
    return np.ascontiguousarray(mesh.points[:, :2])


def test_eyes_and_mouth_are_where_they_are(mesh: Mesh, points: np.ndarray) -> None:
    assert mesh.presence > 0.99
    for chain, centre in ((EYES[0], EYE_RIGHT), (EYES[1], EYE_LEFT), (LIPS[0] + LIPS[1], MOUTH)):
        assert np.linalg.norm(points[list(chain)].mean(0) - centre) < 6


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_mesh_follows_the_size_of_the_photo(
    face_mesh: FaceMesh, points: np.ndarray, scale: float
) -> None:
    side = round(256 * scale)
    found = face_mesh(cv2.resize(PHOTO, (side, side), interpolation=cv2.INTER_AREA)).points[:, :2]
    expected = (points + 0.5) * scale - 0.5
    assert np.linalg.norm(found - expected, axis=1).mean() < 1.5 * scale


def test_no_face_is_not_trusted(face_mesh: FaceMesh) -> None:
    assert face_mesh(np.ascontiguousarray(data.astronaut()[256:, 256:])).presence < 0.5


@pytest.mark.parametrize("reader", [FaceMesh, PersonMask])
def test_wrong_model_file_is_an_error(reader: type, tmp_path: Path) -> None:
    path = tmp_path / "wrong.tflite"
    path.write_text("no model")
    with pytest.raises(ValueError, match=r"wrong\.tflite"):
        reader(path)


def test_irises_lie_between_the_lids_on_dark_pixels(points: np.ndarray) -> None:
    lines = irises(PHOTO, points)
    opening = fill([points[list(chain)] for chain in EYES], 256)
    assert lines.any()
    assert not (lines & ~opening).any()
    grey = cv2.cvtColor(PHOTO, cv2.COLOR_RGB2GRAY)
    rows, columns = np.nonzero(lines)
    for half in (columns < 128, columns >= 128):
        pupil = grey[round(rows[half].mean()), round(columns[half].mean())]
        assert pupil < grey[opening].mean() - 20


def test_shut_eyes_have_no_irises(points: np.ndarray) -> None:
    shut = points.copy()
    for chain in EYES:
        shut[list(chain), 1] = shut[chain[0], 1]
    assert not irises(PHOTO, shut).any()


def test_interior_holds_the_parts_but_neither_outline_nor_forehead(points: np.ndarray) -> None:
    inside = interior(points, 256)
    parts = draw(points, EYES + LIPS, 256)
    assert inside[parts].mean() > 0.95
    assert not inside[draw(points, ((*CHIN,),), 256)].any()
    assert not inside[82, 128], "middle of the forehead"


def test_only_the_missing_part_of_the_chin_is_added(points: np.ndarray) -> None:
    chin = draw(points, (CHIN,), 256)
    drawn = chin.copy()
    drawn[:, 128:] = False
    added = missing_chin(points, drawn)
    assert not (added & ~chin).any()
    assert not (distance_to(drawn)[added] <= 2).any()
    assert distance_to(drawn | added)[chin].max() < 5
    assert not missing_chin(points, chin).any()


def test_person_is_told_from_ground(weights: Weights) -> None:
    mask = PersonMask(weights("person_mask.tflite"))(PHOTO)
    assert mask.shape == (256, 256)
    assert mask[60:160, 100:160].min() > 0.9
    assert mask[:90, :40].max() < 0.1
