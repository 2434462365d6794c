"""Groups of photos by what is seen in them, since a painter may do worse for some than for others.

They tell how a face looks in its photo, in whatever light, and not who somebody is.
"""

from collections.abc import Iterable
from math import atan2, degrees, hypot

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.evaluation.groups_record import PhotoGroups
from facepencil.images import Image
from facepencil.pretrained.face_mesh import FaceMesh, Mesh
from facepencil.sketch.extract import TRUSTED
from facepencil.sketch.palette import find_palette

SKIN = {"light": 41.0, "intermediate": 28.0, "tan": 10.0, "brown or dark": -180.0}
"""Groups of skin, and the individual typology angle, degrees, above which each begins (Chardon et
al., 1991; the outer two of its six at either end are one group here)."""
FRONTAL_DEGREES = 15.0
"""Up to this angle a head faces the camera."""
UNCLEAR = "unclear"
"""The group of faces whose mesh is unreliable."""
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
        arctan((L* - 50) / b*), degrees in (-180, 180].
    """
    rgb = np.asarray(skin, np.float32)[None, None] / np.float32(255)
    light, _, yellow = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[0, 0].tolist()
    return degrees(atan2(light - 50, yellow))


def turned_by(mesh: Mesh) -> float:
    """Degrees in 0..90 by which a head is turned to either side."""
    right, left = (mesh.points[corner] for corner in _OUTER_CORNERS)
    across, down, away = (float(value) for value in left - right)
    return degrees(atan2(abs(away), hypot(across, down)))


def _skin(photo: Image, mesh: Mesh) -> str:
    everywhere = np.ones(photo.shape[:2], np.float32)
    points = np.ascontiguousarray(mesh.points[:, :2])
    _, skin, _ = find_palette(photo, everywhere, points).palette
    angle = typology_angle(skin)
    return next(group for group, above in SKIN.items() if angle > above)


def _pose(mesh: Mesh) -> str:
    return "frontal" if turned_by(mesh) <= FRONTAL_DEGREES else "turned"
