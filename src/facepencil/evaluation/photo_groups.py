"""Groups of photos by what is seen in them, since a painter may do worse for some than for others.

They tell how a face looks in its photo, in whatever light, and not who somebody is.
"""

from collections.abc import Iterable
from math import atan2, degrees, hypot

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.colours import PALETTE_PARTS
from facepencil.evaluation.groups_record import FRONTAL_DEGREES, SKIN, UNCLEAR, PhotoGroups
from facepencil.images import Image
from facepencil.pretrained.face_mesh import FaceMesh, Mesh
from facepencil.sketch.extract import TRUSTED
from facepencil.sketch.palette import find_palette

_OUTER_CORNERS = (33, 263)
"""Of the eyes, in the mesh."""


def group_photos(photos: Iterable[tuple[str, Image]], mesh: FaceMesh) -> PhotoGroups:
    """Group faces by skin and by pose.

    Args:
        photos: ids and aligned crops (S, S, 3); looked at one by one.
        mesh: finds the points of a face.
    """
    names = {"skin": [*SKIN, UNCLEAR], "pose": ["frontal", "turned", UNCLEAR]}
    groups: dict[str, dict[str, list[str]]] = {
        attribute: {name: [] for name in group} for attribute, group in names.items()
    }
    for name, photo in photos:
        seen = mesh(photo)
        clear = seen.presence >= TRUSTED
        groups["skin"][_skin(photo, seen) if clear else UNCLEAR].append(name)
        groups["pose"][_pose(seen) if clear else UNCLEAR].append(name)
    return PhotoGroups(groups=groups)


def typology_angle(skin: NDArray[np.uint8]) -> float:
    """The individual typology angle of a colour: the larger, the lighter.

    Args:
        skin: RGB (3,).

    Returns:
        atan2(L* - 50, b*), degrees in (-180, 180]; the usual arctan where b* is positive, as skin's
        is.
    """
    rgb = np.asarray(skin, np.float32)[None, None] / np.float32(255)
    light, _, yellow = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[0, 0].tolist()
    return degrees(atan2(light - 50, yellow))


def skin_of(angle: float) -> str:
    """The group of a typology angle, degrees."""
    return next(group for group, above in SKIN.items() if angle > above)


def turned_by(mesh: Mesh) -> float:
    """Degrees in 0..90 by which a head is turned to either side."""
    right, left = (mesh.points[corner] for corner in _OUTER_CORNERS)
    across, down, away = (float(value) for value in left - right)
    return degrees(atan2(abs(away), hypot(across, down)))


def _skin(photo: Image, mesh: Mesh) -> str:
    everywhere = np.ones(photo.shape[:2], np.float32)
    points = np.ascontiguousarray(mesh.points[:, :2])
    found = find_palette(photo, everywhere, points)
    angle = typology_angle(found.palette[PALETTE_PARTS.index("skin")])
    return UNCLEAR if "skin" in found.guessed else skin_of(angle)


def _pose(mesh: Mesh) -> str:
    return "frontal" if turned_by(mesh) <= FRONTAL_DEGREES else "turned"
