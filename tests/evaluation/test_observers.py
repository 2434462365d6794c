"""What metrics look through, on CelebA's faces aligned as stage `crop` aligns them."""

import cv2
import numpy as np
import pytest
import torch

from facepencil.config.sketch import SketchParams
from facepencil.evaluation.observers import DETECTED, FacePresence, Identity, SketchAgain, chips
from facepencil.faces.align import crop_face, similarity, template
from facepencil.faces.decode import decode
from facepencil.faces.detect import Detector
from facepencil.images import resize
from facepencil.pretrained.face_identity import CHIP_POINTS, load_face_identity
from facepencil.pretrained.face_mesh import FaceMesh
from facepencil.tensors import photo_tensor

FRACTION = 0.28


@pytest.fixture(scope="module")
def detector(weights):
    return Detector(weights("yunet.onnx"), DETECTED)


@pytest.fixture(scope="module")
def faces(celeba_photos, detector):
    """Crops (24, 256, 256, 3)."""
    made = []
    for data in celeba_photos.values():
        photo = decode(data)
        points = detector.refine(photo, detector.detect(photo)[0]).points
        made.append(crop_face(photo, similarity(points, template(256, FRACTION)), 256))
    return np.stack(made)


@pytest.fixture(scope="module")
def identity(weights):
    network = load_face_identity(weights("face_identity.bin"), weights("face_identity.json"))
    return Identity(network, FRACTION)


def shrunk(faces, size):
    return photo_tensor(np.stack([resize(face, size) for face in faces]))


@pytest.mark.parametrize(("size", "fraction"), [(64, 0.28), (256, 0.28), (512, 0.28), (64, 0.5)])
def test_points_of_a_crop_come_where_dlib_has_them(size, fraction):
    for place, wanted in zip(template(size, fraction), CHIP_POINTS, strict=True):
        image = torch.zeros(1, 3, size, size)
        x, y = np.rint(place).astype(int)
        image[0, :, y, x] = 1
        seen = chips(image, fraction)[0, 0].numpy()
        assert seen.shape == (150, 150)
        rows, columns = np.indices(seen.shape)
        centre = np.array([(columns * seen).sum(), (rows * seen).sum()]) / seen.sum()
        # A pixel of the crop is up to 3 px wide, and dlib's mean face is not quite ours.
        assert np.abs(centre - wanted).max() < 3.5


def test_a_mirrored_face_is_the_same_person_and_others_are_not(identity, faces):
    found = identity(photo_tensor(faces))
    mirrored = identity(photo_tensor(faces[:, :, ::-1].copy()))
    same = (found - mirrored).norm(dim=1)
    others = torch.pdist(found)
    assert same.mean().item() == pytest.approx(0.2, abs=0.05) and same.max() < 0.6
    assert others.mean().item() == pytest.approx(0.86, abs=0.04)
    assert (others > 0.6).float().mean() > 0.97


def test_descriptors_hardly_depend_on_the_size_of_the_crop(identity, faces):
    apart = identity(shrunk(faces, 128)) - identity(shrunk(faces, 256))
    assert apart.norm(dim=1).max() < 0.2


def test_descriptors_do_not_depend_on_the_batch(identity, faces):
    images = shrunk(faces, 64)
    parts = torch.cat([identity(images[i : i + 3]) for i in range(0, 24, 3)])
    assert torch.allclose(parts, identity(images), atol=1e-5)


def test_faces_are_present_and_other_things_are_not(detector, weights, faces):
    look = FacePresence(detector, FaceMesh(weights("face_mesh.tflite")))
    assert look(shrunk(faces, 64)).mean() > 0.9
    upside_down = faces[:6, ::-1].copy()
    blurred = np.stack([cv2.GaussianBlur(face, (0, 0), 40) for face in faces[:6]])
    assert not look(photo_tensor(blurred)).any()
    assert look(photo_tensor(upside_down)).mean() < 0.5


def test_faces_are_sketched_as_photos_are_whatever_the_batch(sketch_weights, faces):
    again = SketchAgain(SketchParams(size=128), sketch_weights)
    images = shrunk(faces[:4], 64)
    lines = again(images)
    assert lines.shape == (4, 128, 128) and lines.dtype == torch.bool
    assert torch.equal(torch.cat([again(images[:3]), again(images[3:])]), lines)
    assert again(images[:0]).shape == (0, 128, 128)
    labels = SketchAgain(SketchParams(size=128, method="mask"), sketch_weights)
    assert torch.equal(labels(images), lines)
