"""CelebAMask-HQ's part masks as one label map."""

from collections.abc import Iterable
from pathlib import PurePosixPath

import cv2
import numpy as np

from facepencil.assets.registry import AssetError
from facepencil.images import Image

SIZE = 512
PARTS = [
    *("skin", "nose", "eye_g", "l_eye", "r_eye", "l_brow", "r_brow", "l_ear", "r_ear"),
    *("mouth", "u_lip", "l_lip", "hair", "hat", "ear_r", "neck_l", "neck", "cloth"),
]
"""Label k + 1 is part k, in the order in which upstream paints them; 0 is the background."""


def part_of(member: str) -> tuple[int, str]:
    """Photo number and part name of a mask member such as `.../00012_l_brow.png`.

    Raises:
        AssetError: the name says no number or no known part.
    """
    number, _, part = PurePosixPath(member).stem.partition("_")
    if not number.isdecimal() or part not in PARTS:
        raise AssetError(f"{member}: expected <number>_<part>.png, part one of {PARTS}")
    return int(number), part


def label_map(masks: Iterable[tuple[str, bytes]]) -> Image:
    """One map of labels out of binary masks.

    Args:
        masks: pairs of part name and image bytes, at most one of a part.

    Returns:
        uint8 (512, 512); where parts overlap the later one of `PARTS` is on top.

    Raises:
        ValueError: a mask is no image of 512 px a side.
    """
    labels = np.zeros((SIZE, SIZE), np.uint8)
    for part, data in sorted(masks, key=lambda mask: PARTS.index(mask[0])):
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
        if pixels is None or pixels.shape != labels.shape:
            raise ValueError(f"mask of {part}: expected an image of {SIZE} x {SIZE} px")
        labels[pixels > 0] = PARTS.index(part) + 1
    return labels
