"""How sure a detector is that there is a face in a painted picture."""

import threading
from pathlib import Path

import numpy as np

from facepencil.faces.detect import Detector
from facepencil.images import Image

_MARGIN = 0.5
"""Border around the picture, as a share of its side: faces of training photos fill less of it."""
_LEAST = 0.01


class FaceCertainty:
    """YuNet's score of the surest face, for one caller at a time."""

    def __init__(self, weights: Path) -> None:
        """Load YuNet.

        Raises:
            FileNotFoundError: no such file.
        """
        self._detector = Detector(weights, _LEAST)
        self._lock = threading.Lock()

    def __call__(self, face: Image) -> float:
        """Score, 0..1, of an RGB (S, S, 3) picture; 0 where no face is found."""
        margin = round(_MARGIN * len(face))
        framed = np.pad(face, ((margin, margin), (margin, margin), (0, 0)), "edge")
        with self._lock:
            found = self._detector.detect(framed)
        return round(max((one.score for one in found), default=0.0), 3)
