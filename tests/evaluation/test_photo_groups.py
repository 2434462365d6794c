"""Groups of photos by skin and by pose, on real faces and on faces made darker or turned."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2lab

from facepencil.evaluation.groups_record import SKIN, UNCLEAR, read_photo_groups
from facepencil.evaluation.photo_groups import (
    group_photos,
    skin_of,
    turned_by,
    typology_angle,
)
from facepencil.pretrained.face_mesh import FaceMesh, Mesh


@pytest.fixture(scope="module")
def mesh(weights):
    return FaceMesh(weights("face_mesh.tflite"))


@pytest.fixture(scope="module")
def faces(make_faces):
    return make_faces(256)


def place_of(groups):
    return {name: group for group, ids in groups.items() for name in ids}


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_the_angle_is_that_of_the_colour_in_lab(colour):
    light, _, yellow = rgb2lab(np.array(colour) / 255)
    if math.hypot(light - 50, yellow) > 10:  # else it is grey, and any angle
        wanted = math.degrees(math.atan2(light - 50, yellow))
        apart = abs(typology_angle(np.array(colour, np.uint8)) - wanted)
        assert min(apart, 360 - apart) < 1.5


@pytest.mark.parametrize(
    ("colour", "group"),
    [
        ((240, 200, 180), "light"),
        ((215, 165, 130), "intermediate"),
        ((190, 135, 100), "tan"),
        ((90, 55, 40), "brown or dark"),
    ],
)
def test_usual_colours_of_skin(colour, group):
    assert skin_of(typology_angle(np.array(colour, np.uint8))) == group


@given(st.floats(-80, 80), st.floats(-45, 45), st.floats(20, 200))
def test_a_turned_head_is_told_whatever_its_size_and_tilt(degrees, tilt, apart):
    turn, roll = math.radians(degrees), math.radians(tilt)
    points = np.zeros((468, 3), np.float32)
    points[263] = np.array([math.cos(roll), math.sin(roll), 0]) * math.cos(turn) * apart
    points[263, 2] = math.sin(turn) * apart
    assert turned_by(Mesh(points, 1.0)) == pytest.approx(abs(degrees), abs=0.05)


def test_every_photo_has_one_group_of_each_kind_whatever_the_order(faces, mesh, tmp_path):
    found = group_photos(faces.items(), mesh).groups
    assert [*found] == ["skin", "pose"]
    for groups in found.values():
        assert sorted(name for ids in groups.values() for name in ids) == sorted(faces)
        assert len(groups[UNCLEAR]) < len(faces) / 4
        assert sum(bool(ids) for ids in groups.values()) > 1
    other = group_photos(reversed(faces.items()), mesh)
    assert place_of(other.groups["pose"]) == place_of(found["pose"])
    (tmp_path / "64.json").write_text(other.text())
    assert read_photo_groups(tmp_path / "64.json") == other.groups


def test_the_same_faces_in_the_shade_are_darker(faces, mesh):
    order = [*SKIN]
    lit, shaded = (
        place_of(group_photos([(name, (face * dim).astype(np.uint8))], mesh).groups["skin"])[name]
        for name, face in [next(iter(faces.items()))]
        for dim in (1, 0.45)
    )
    assert UNCLEAR not in (lit, shaded) and order.index(shaded) > order.index(lit)


def test_what_is_no_face_is_unclear(mesh):
    noise = np.random.default_rng(0).integers(0, 255, (256, 256, 3), np.uint8)
    groups = group_photos([("noise", noise)], mesh).groups
    assert groups["skin"][UNCLEAR] == groups["pose"][UNCLEAR] == ["noise"]
