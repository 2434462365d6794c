"""Irises, which the mesh lacks and without which a drawn face looks blind."""

import cv2
import numpy as np

from facepencil.images import Image
from facepencil.sketch.contour import EYES, MeshPoints, draw_curves, fill
from facepencil.sketch.thin import Lines

RADIUS = 0.21
"""Radius of an iris as a share of the eye's width (11.7 mm across in an opening of 28 mm)."""
SHUT = 0.12
"""Area of the opening, divided by its width squared, below which the eye counts as shut."""


def irises(rgb: Image, points: MeshPoints) -> Lines:
    """The visible arcs of both irises in a square RGB image, (H, W).

    Each is a circle around the darkest part of the opening between the lids.

    Args:
        rgb: (S, S, 3) image.
        points: (468, 2) mesh, px of the image.
    """
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    lines = np.zeros(grey.shape, np.bool_)
    for chain in EYES:
        lids = points[list(chain)]
        width = float(np.linalg.norm(lids[0] - lids[len(lids) // 2]))
        if cv2.contourArea(lids) > SHUT * width**2:
            opening = fill([lids], len(grey))
            circle = _circle(_darkest(grey, opening), RADIUS * width)
            lines |= draw_curves([circle], len(grey)) & opening
    return lines


def _darkest(grey: Image, opening: Lines) -> MeshPoints:
    """Centroid (2,) of an opening, each pixel weighted by how far it is below the median."""
    rows, columns = np.nonzero(opening)
    inside = grey[rows, columns].astype(np.float32)
    # A little is added so that an evenly grey opening still has a centroid.
    weight = np.clip(np.median(inside) - inside, 0, None) + 1e-3
    return np.array([np.average(columns, weights=weight), np.average(rows, weights=weight)])


def _circle(centre: MeshPoints, radius: float) -> MeshPoints:
    angle = np.linspace(0, 2 * np.pi, 25)
    return (centre + radius * np.stack([np.cos(angle), np.sin(angle)], 1)).astype(np.float32)
