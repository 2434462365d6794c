"""Faces with five points each, by YuNet (Wu et al. 2023, `FaceDetectorYN` of OpenCV)."""

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.faces.align import Points, inverse, move, roll_of, similarity, template, warp
from facepencil.images import Image

LOOK_PX = ((256, 640), (256, 1600), (256, 256))
"""Least and greatest long side at which a photo is searched, one after the other until a face is
found: small faces in large photos need the second search, faces that fill one the third."""

REFINE_PX = 192
"""Side of the upright window in which a face's points are found anew."""

_WINDOW = template(REFINE_PX, 0.27)
_LEVEL = 2.0
_LOOKS = 5
_OVERLAP = 0.3
_MOST = 200
_MIRRORED = [1, 0, 2, 4, 3]
_GRID = np.append(np.full(14, 1 / 16), 1e-4)
"""What YuNet finds is rounded to it, so that whatever decides on it sees the same: box and points
(px where it looked) and score."""


@dataclass(frozen=True)
class Face:
    """One face, in pixels of the photo.

    Attributes:
        box: x, y of the upper left corner, width, height.
        points: (5, 2) float64 x, y of the eye, eye, nose tip, mouth corner, mouth corner; of each
            pair the one at the photo's left first. Integer values are pixel centres.
        score: the detector's certainty, 0..1.
    """

    box: tuple[float, float, float, float]
    points: Points
    score: float


class Detector:
    """Finds faces; holds the network."""

    def __init__(self, weights: Path, score: float) -> None:
        """Load YuNet's ONNX file; faces that score below `score` (0..1) are no faces.

        Raises:
            FileNotFoundError: no such file.
        """
        if not weights.is_file():
            raise FileNotFoundError(f"{weights}: expected the YuNet weights (ONNX)")
        # OpenCV 5 warns of a target it cannot set, on every load, though nobody set one.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        self._net = cv2.FaceDetectorYN.create(str(weights), "", (64, 64), score, _OVERLAP, _MOST)

    def detect(self, photo: Image) -> list[Face]:
        """Faces of an RGB photo (H, W, 3), largest first; empty if there are none."""
        long = max(photo.shape[:2])
        for side in dict.fromkeys(min(max(long, least), most) for least, most in LOOK_PX):
            if faces := self._at(photo, side / long):
                return sorted(faces, key=lambda face: face.box[2] * face.box[3], reverse=True)
        return []

    def refine(self, photo: Image, face: Face) -> Face:
        """The face with points found anew in an upright window that it fills, until it is level.

        YuNet sees only part of a face's roll, so each look turns the window further; looking at
        the window's mirror image as well cancels what it favours at one side. Over 50 CelebA
        photos, mirrored or turned by 15 or 30 degrees, the corners of the crop moved by 12, 36
        and 69 px of 256 (medians) with the points of one search, by 4, 5 and 7 px with these.
        """
        points = face.points
        for look in range(_LOOKS):
            window = similarity(points, _WINDOW)
            # Mirrored borders would show a face cut by the photo's edge as a wider one.
            view = warp(photo, window, REFINE_PX, cv2.BORDER_REPLICATE)
            seen = self._both_ways(view)
            if seen is None:
                break
            points = move(seen, inverse(window))
            if look and abs(roll_of(similarity(seen, _WINDOW))) < _LEVEL:
                break
        return replace(face, points=points)

    def _both_ways(self, view: Image) -> Points | None:
        mirrored = self._central(np.ascontiguousarray(view[:, ::-1]))
        found = [self._central(view), None if mirrored is None else _mirror(mirrored)]
        points = [each for each in found if each is not None]
        return np.mean(points, axis=0) if points else None

    def _central(self, view: Image) -> Points | None:
        faces = self._at(view, 1.0)
        middle = (REFINE_PX - 1) / 2
        return min(
            (face.points for face in faces),
            key=lambda points: float(np.square(points.mean(axis=0) - middle).sum()),
            default=None,
        )

    def _at(self, photo: Image, scale: float) -> list[Face]:
        height, width = (max(1, round(side * scale)) for side in photo.shape[:2])
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(photo, (width, height), interpolation=method)
        self._net.setInputSize((width, height))
        rows = self._net.detect(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))[1]
        zoom = np.array([photo.shape[1] / width, photo.shape[0] / height])
        return [] if rows is None else [_face(row, zoom) for row in np.rint(rows / _GRID) * _GRID]


def _mirror(points: Points) -> Points:
    flipped = points[_MIRRORED]
    return np.column_stack([REFINE_PX - 1 - flipped[:, 0], flipped[:, 1]])


def _face(row: NDArray[np.float64], zoom: NDArray[np.float64]) -> Face:
    corner, extent = row[:2] * zoom, row[2:4] * zoom
    # Resizing keeps pixel edges in place, so pixel centres move by half a pixel.
    points = (row[4:14].reshape(5, 2) + 0.5) * zoom - 0.5
    x, y, width, height = (float(value) for value in (*corner, *extent))
    return Face((x, y, width, height), points, float(row[14]))
