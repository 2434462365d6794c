"""Faces with five points each, by YuNet (Wu et al. 2023, `FaceDetectorYN` of OpenCV)."""

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.faces.align import (
    Points,
    inverse,
    roll_of,
    similarity,
    template,
    transform_points,
    warp,
)
from facepencil.images import Image

SEARCH_PX = ((256, 640), (256, 1600), (256, 256))
"""Smallest and largest long side at which a photo is searched, one range after the other until a
face is found: small faces in large photos need the second, faces that fill the photo the third."""

REFINE_PX = 192
"""Side of the upright window in which a face's points are detected again."""

_WINDOW = template(REFINE_PX, 0.27)
_UPRIGHT_DEG = 2.0
_MAX_PASSES = 5
_NMS_IOU = 0.3
_MAX_FACES = 200
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
    """Finds faces with YuNet."""

    def __init__(self, weights: Path, score: float) -> None:
        """Load YuNet's ONNX file; detections that score below `score` (0..1) are dropped.

        Raises:
            FileNotFoundError: no such file.
            ValueError: it holds something else.
        """
        if not weights.is_file():
            raise FileNotFoundError(f"{weights}: expected the YuNet weights (ONNX)")
        # On every load, OpenCV 5 warns of a target that it cannot set and that nobody asked for.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        try:
            self._net = cv2.FaceDetectorYN.create(
                str(weights), "", (64, 64), score, _NMS_IOU, _MAX_FACES
            )
        except cv2.error as error:
            raise ValueError(
                f"{weights}: expected the YuNet weights (ONNX): {error.err}"
            ) from error

    def detect(self, photo: Image) -> list[Face]:
        """Faces of an RGB photo (H, W, 3), largest first; empty if there are none."""
        long = max(photo.shape[:2])
        for side in dict.fromkeys(min(max(long, least), most) for least, most in SEARCH_PX):
            if faces := self._detect_at(photo, side / long):
                return sorted(faces, key=lambda face: face.box[2] * face.box[3], reverse=True)
        return []

    def refine(self, photo: Image, face: Face) -> Face:
        """The face with its points detected again in an upright window, until it is level there.

        YuNet underestimates a face's roll, so each pass rotates the window further; averaging with
        the window's mirror image cancels the detector's left-right bias. Over 50 CelebA
        photos, mirrored or turned by 15 or 30 degrees, the corners of the crop moved by 12, 36
        and 69 px of 256 (medians) with the points of one search, by 4, 5 and 7 px with these.
        """
        points = face.points
        for step in range(_MAX_PASSES):
            window = similarity(points, _WINDOW)
            # Mirrored borders would show a face cut by the photo's edge as a wider one.
            view = warp(photo, window, REFINE_PX, cv2.BORDER_REPLICATE)
            seen = self._mirror_averaged(view)
            if seen is None:
                break
            points = transform_points(seen, inverse(window))
            if step and abs(roll_of(similarity(seen, _WINDOW))) < _UPRIGHT_DEG:
                break
        return replace(face, points=points)

    def _mirror_averaged(self, view: Image) -> Points | None:
        mirrored = self._points_nearest_centre(np.ascontiguousarray(view[:, ::-1]))
        found = [self._points_nearest_centre(view), None if mirrored is None else _mirror(mirrored)]
        points = [each for each in found if each is not None]
        return np.mean(points, axis=0) if points else None

    def _points_nearest_centre(self, view: Image) -> Points | None:
        faces = self._detect_at(view, 1.0)
        middle = (REFINE_PX - 1) / 2
        return min(
            (face.points for face in faces),
            key=lambda points: float(np.square(points.mean(axis=0) - middle).sum()),
            default=None,
        )

    def _detect_at(self, photo: Image, scale: float) -> list[Face]:
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
