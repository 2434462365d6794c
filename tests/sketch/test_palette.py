"""Colours of hair, skin and ground."""

import cv2
import numpy as np
import pytest

from facepencil.pretrained.face_mesh import FaceMesh
from facepencil.pretrained.person_mask import PersonMask
from facepencil.sketch.palette import find_palette

SIZE = 128
HAIR, SKIN, GROUND = (30, 90, 160), (220, 170, 140), (40, 120, 60)


def portrait() -> tuple[np.ndarray, np.ndarray]:
    """A person as patches of colour, and the person's mask."""
    rgb = np.full((SIZE, SIZE, 3), GROUND, np.uint8)
    cv2.ellipse(rgb, (64, 60), (40, 50), 0, 0, 360, HAIR, -1)
    cv2.ellipse(rgb, (64, 76), (28, 38), 0, 0, 360, SKIN, -1)
    cv2.rectangle(rgb, (44, 108), (84, 127), SKIN, -1)
    return rgb, (rgb != GROUND).any(2).astype(np.float32)


def test_the_mask_alone_finds_patches_and_says_what_it_guessed():
    rgb, person = portrait()
    found = find_palette(rgb, person, None)
    assert np.abs(found.palette.astype(int) - [HAIR, SKIN, GROUND]).max() <= 3
    assert found.guessed == ("hair", "skin")


def test_specks_do_not_count():
    rgb, person = portrait()
    rgb[::5, ::5] = 255
    found = find_palette(rgb, person, None)
    assert np.abs(found.palette.astype(int) - [HAIR, SKIN, GROUND]).max() <= 3


def test_where_all_is_person_or_none_there_still_are_colours():
    rgb, _ = portrait()
    everywhere = find_palette(rgb, np.ones((SIZE, SIZE), np.float32), None)
    assert "ground" in everywhere.guessed
    nowhere = find_palette(rgb, np.zeros((SIZE, SIZE), np.float32), None)
    assert nowhere.guessed == ("hair", "skin")
    assert np.abs(nowhere.palette[1].astype(int) - SKIN).max() <= 3


@pytest.fixture(scope="module")
def look(weights):
    mesh, person = FaceMesh(weights("face_mesh.tflite")), PersonMask(weights("person_mask.tflite"))

    def find(rgb):
        return find_palette(rgb, person(rgb), np.ascontiguousarray(mesh(rgb).points[:, :2]))

    return find


def test_hair_dyed_red_is_red_and_the_rest_is_as_it_was(look, make_faces):
    """Of a real face, everything above the eyes that is dark is dyed."""
    for name in list(make_faces(256))[:24]:
        rgb = make_faces(256)[name]
        plain = look(rgb)
        if plain.palette[0].max() > 90 or plain.guessed:
            continue
        dyed = rgb.copy()
        hair = (rgb.max(2) < 110) & (np.arange(256)[:, None] < 100)
        dyed[hair] = (180, 30, 20)
        found = look(dyed)
        assert np.abs(found.palette[0].astype(int) - (180, 30, 20)).max() < 40
        assert np.abs(found.palette[1:].astype(int) - plain.palette[1:]).max() < 60
        return
    raise AssertionError("expected a dark-haired face among the first 24")


def test_real_faces_have_skin_of_skins_colour(look, make_faces):
    """Red above green above blue, as all skin is in daylight; in nearly all photos."""
    skins = np.array([look(rgb).palette[1] for rgb in make_faces(256).values()], int)
    rising = (skins[:, 0] > skins[:, 1]) & (skins[:, 1] > skins[:, 2])
    assert rising.mean() > 0.85
