"""Photos to one-pixel sketches S_syn, by any of the methods."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from facepencil.config.sketch import SketchParams
from facepencil.images import Image, resize
from facepencil.numerics import require_caps
from facepencil.pretrained.face_mesh import FaceMesh
from facepencil.pretrained.hed import EdgeMap, Hed
from facepencil.pretrained.person_mask import PersonMask
from facepencil.sketch.canny import canny
from facepencil.sketch.contour import FACE_PARTS, MeshPoints, draw, draw_curves, hull, smooth
from facepencil.sketch.interior import distance_to, interior, missing_chin
from facepencil.sketch.iris import irises
from facepencil.sketch.mask_edges import label_edges
from facepencil.sketch.parts import part_map
from facepencil.sketch.ridges import Soft, ridges
from facepencil.sketch.thin import Lines, drop_specks, thin
from facepencil.sketch.xdog import xdog

TRUSTED = 0.999
"""Presence below which a mesh is not drawn: about one face in a hundred, mostly profiles."""
PERSON = 0.5
SMOOTH = 3 / 256
"""Sigma of the blur that smooths the jagged silhouette, as a share of the side."""
OUTLINE = 9 / 256
"""How far outside the person mask lines are kept, as a share of the side: the mask clips hair."""


class SketchWeights(NamedTuple):
    """Files of the three networks."""

    hed: Path
    mesh: Path
    person: Path


class Crop(NamedTuple):
    """An aligned square face and, where the source has them, its semantic labels."""

    name: str
    rgb: Image
    labels: Image | None


class Sketch(NamedTuple):
    """What was found in a photo."""

    soft: Soft
    """(S, S) evidence before any threshold, 0..1."""
    lines: Lines
    """(S, S), True on lines one pixel wide."""
    parts: Image
    """(S, S), the `Facial` part of each pixel."""


class Sketcher:
    """Sketches photos by the method of `params`."""

    def __init__(self, params: SketchParams, weights: SketchWeights) -> None:
        """Load the networks.

        Raises:
            ValueError: a file does not hold the weights expected.
            RuntimeError: `params.numerics` is `portable`, and this process cannot be.
        """
        self._params = params
        self._edges = edge_finder(params, weights.hed)
        self._mesh = FaceMesh(weights.mesh)
        self._person = PersonMask(weights.person)

    def __call__(self, photos: Sequence[Crop]) -> list[Sketch]:
        """Sketches of square photos; each is independent of the others in the batch.

        Raises:
            ValueError: the method is `mask` and a photo has no labels.
        """
        sized = [photo._replace(rgb=resize(photo.rgb, self._params.size)) for photo in photos]
        meshes = [self._points(photo.rgb) for photo in sized]
        if self._params.method in ("hed", "hybrid"):
            edges = self._edges([photo.rgb for photo in sized])
            drawn = [
                self._from_edges(photo.rgb, soft, points)
                for photo, soft, points in zip(sized, edges, meshes, strict=True)
            ]
        else:
            drawn = [self._drawn(*one) for one in zip(sized, meshes, strict=True)]
        return [
            Sketch(soft, lines, part_map(points, self._params.size))
            for (soft, lines), points in zip(drawn, meshes, strict=True)
        ]

    def _drawn(self, photo: Crop, points: MeshPoints | None) -> tuple[Soft, Lines]:
        if self._params.method == "contour":
            return self._contour(photo.rgb, points)
        if self._params.method == "mask":
            lines = self._cleaned(thin(_labelled(photo, self._params.size)))
            return lines.astype(np.float32), lines
        if self._params.method == "canny":
            soft, lines = canny(photo.rgb)
        else:
            soft = xdog(photo.rgb)
            lines = soft > 0.5
        return soft, self._cleaned(thin(lines) & self._kept(photo.rgb))

    def _from_edges(self, rgb: Image, soft: Soft, points: MeshPoints | None) -> tuple[Soft, Lines]:
        """HED's lines; unless by `hed`, a face mesh replaces those of the face's parts."""
        lines = ridges(soft, self._params.hed_threshold) & self._kept(rgb)
        if points is None or self._params.method == "hed":
            return soft, self._cleaned(thin(lines))
        outside = self._cleaned(thin(lines & ~interior(points, len(rgb))))
        chin = missing_chin(points, outside)
        return soft, thin(outside | chin | _parts(rgb, points))

    def _contour(self, rgb: Image, points: MeshPoints | None) -> tuple[Soft, Lines]:
        """Outlines of person, face and parts; HED's lines where the face mesh is unreliable."""
        if points is None:
            return self._from_edges(rgb, self._edges([rgb])[0], None)
        person = self._person(rgb)
        corners = hull(points)
        face = draw_curves([smooth(np.vstack([corners, corners[:1]]))], len(rgb))
        smoothed = cv2.GaussianBlur(person, (0, 0), SMOOTH * len(rgb))
        silhouette = thin(label_edges((smoothed > PERSON).astype(np.uint8), len(rgb)))
        return person, thin(self._cleaned(silhouette) | face | _parts(rgb, points))

    def _points(self, rgb: Image) -> MeshPoints | None:
        mesh = self._mesh(rgb)
        return np.ascontiguousarray(mesh.points[:, :2]) if mesh.presence >= TRUSTED else None

    def _kept(self, rgb: Image) -> Lines:
        if not self._params.person_mask:
            return np.ones(rgb.shape[:2], np.bool_)
        return distance_to(self._person(rgb) > PERSON) <= OUTLINE * len(rgb)

    def _cleaned(self, lines: Lines) -> Lines:
        return drop_specks(lines, self._params.speck_px)


def edge_finder(params: SketchParams, weights: Path) -> Callable[[Sequence[Image]], list[EdgeMap]]:
    """HED at the numerics of `params`: maps (S, S), 0..1, of square RGB photos (S, S, 3).

    Raises:
        ValueError: the file `weights` does not hold those of HED.
        RuntimeError: `params.numerics` is `portable`, and this process cannot be.
    """
    if params.numerics == "portable":
        require_caps()
        return Hed(weights, params.hed_px)
    # Only here, since torch takes seconds to load.
    from facepencil.pretrained.hed_torch import FastHed

    return FastHed(weights, params.hed_px, params.batch, params.threads)


def _parts(rgb: Image, points: MeshPoints) -> Lines:
    return draw(points, FACE_PARTS, len(rgb)) | irises(rgb, points)


def _labelled(photo: Crop, size: int) -> Lines:
    if photo.labels is None:
        raise ValueError("sketch.method `mask` needs semantic labels, and this photo has none")
    return label_edges(photo.labels, size)
