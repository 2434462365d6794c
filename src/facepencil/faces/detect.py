"""Faces with five points each, by YuNet (Wu et al. 2023, `FaceDetectorYN` of OpenCV)."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.images import Image

LOOK_PX = (640, 1600, 256)
"""Long sides at which a photo is searched until a face is found: small faces need the second,
faces that fill a large photo the third."""

MAX_GROWTH = 2.0
"""Small photos are enlarged at most so much before the search."""

_OVERLAP = 0.3
_MOST = 200


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
    points: NDArray[np.float64]
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
        self._net = cv2.FaceDetectorYN.create(str(weights), "", (64, 64), score, _OVERLAP, _MOST)

    def detect(self, photo: Image) -> list[Face]:
        """Faces of an RGB photo (H, W, 3), largest first; empty if there are none."""
        tried: set[float] = set()
        for side in LOOK_PX:
            scale = min(side / max(photo.shape[:2]), MAX_GROWTH)
            if scale not in tried and (faces := self._at(photo, scale)):
                return sorted(faces, key=lambda face: face.box[2] * face.box[3], reverse=True)
            tried.add(scale)
        return []

    def _at(self, photo: Image, scale: float) -> list[Face]:
        height, width = (max(1, round(side * scale)) for side in photo.shape[:2])
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(photo, (width, height), interpolation=method)
        self._net.setInputSize((width, height))
        rows = self._net.detect(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))[1]
        zoom = np.array([photo.shape[1] / width, photo.shape[0] / height])
        return [] if rows is None else [_face(row.astype(np.float64), zoom) for row in rows]


def _face(row: NDArray[np.float64], zoom: NDArray[np.float64]) -> Face:
    corner, extent = row[:2] * zoom, row[2:4] * zoom
    # Resizing keeps pixel edges in place, so pixel centres move by half a pixel.
    points = (row[4:14].reshape(5, 2) + 0.5) * zoom - 0.5
    x, y, width, height = (float(value) for value in (*corner, *extent))
    return Face((x, y, width, height), points, float(row[14]))
