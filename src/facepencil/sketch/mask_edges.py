"""The paper's S_syn: boundaries of semantic masks."""

import cv2
import numpy as np

from facepencil.images import Image
from facepencil.sketch.thin import Lines


def label_edges(labels: Image, size: int) -> Lines:
    """Pixels (size, size) whose right or lower neighbour has another label (paper, Data).

    Args:
        labels: (H, W) class numbers; brought to `size` without mixing classes.
        size: side of the sketch, px.
    """
    flat = cv2.resize(labels, (size, size), interpolation=cv2.INTER_NEAREST_EXACT)
    lines = np.zeros((size, size), np.bool_)
    lines[:, :-1] = flat[:, 1:] != flat[:, :-1]
    lines[:-1] |= flat[1:] != flat[:-1]
    return lines
