"""Square crops in which every face lies alike: one similarity transform by five points."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.images import Image

Points = NDArray[np.float64]
"""(N, 2) x, y; integer values are pixel centres."""

Matrix = NDArray[np.float64]
"""(2, 3): maps x, y of the photo to x, y of the crop."""

_MEAN_FACE = np.array(
    [[-0.480, -0.474], [0.474, -0.474], [0.0, 0.105], [-0.410, 0.526], [0.410, 0.526]]
)
"""Mean of YuNet's points over upright faces, made symmetric: eyes, nose, mouth corners. Origin
midway between eyes and mouth, the distance between those as unit."""

_CENTRE_Y = 0.60
"""Height of the origin in the crop, as a share of its side: leaves room for the hair."""


def template(size: int, face_fraction: float) -> Points:
    """Where the five points (see `Face.points`) belong in a crop of `size` px.

    `face_fraction` is the distance from the eyes' to the mouth's middle, a share of the side.
    """
    centre = np.array([0.5, _CENTRE_Y]) * size - 0.5
    return _MEAN_FACE * face_fraction * size + centre


def similarity(source: Points, target: Points) -> Matrix:
    """Rotation, uniform scale and shift that bring `source` nearest to `target`, both (N, 2).

    Least squares over all points (Umeyama 1991), never a mirror image.

    Raises:
        ValueError: all source points coincide.
    """
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    x, y = (source - source_mean).T
    u, v = (target - target_mean).T
    spread = float((x * x + y * y).sum())
    if spread == 0:
        raise ValueError("expected points that differ")
    cosine, sine = (x * u + y * v).sum() / spread, (x * v - y * u).sum() / spread
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([turn, target_mean - turn @ source_mean])


def scale_of(matrix: Matrix) -> float:
    """Crop pixels a photo pixel."""
    return float(np.hypot(matrix[0, 0], matrix[1, 0]))


def move(points: Points, matrix: Matrix) -> Points:
    """Points (N, 2) of the photo in the crop."""
    return points @ matrix[:, :2].T + matrix[:, 2]


def warp(photo: Image, matrix: Matrix, size: int) -> Image:
    """Crop (size, size, 3) of an RGB photo; what lies outside the photo is filled softly."""
    scale = scale_of(matrix)
    if scale < 1:
        photo, matrix = _shrink(photo, matrix, scale)
    crop = cv2.warpAffine(
        photo, matrix, (size, size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    return _fade(np.asarray(crop, np.uint8), _outside(photo.shape[:2], matrix, size))


def warp_labels(labels: Image, matrix: Matrix, size: int, photo: tuple[int, int]) -> Image:
    """Crop (size, size) of a label map that covers a photo of (height, width) `photo`.

    The map may be coarser or finer than the photo. Labels are never mixed; 0 outside.
    """
    matrix = _rescaled(matrix, photo, labels.shape)
    flags = cv2.INTER_NEAREST
    return np.asarray(cv2.warpAffine(labels, matrix, (size, size), flags=flags), np.uint8)


def _shrink(photo: Image, matrix: Matrix, scale: float) -> tuple[Image, Matrix]:
    """Photo area-averaged to about crop resolution, so that the warp itself skips no pixels."""
    height, width = photo.shape[:2]
    target = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(photo, target, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), _rescaled(matrix, photo.shape, small.shape)


def _rescaled(matrix: Matrix, old: tuple[int, ...], new: tuple[int, ...]) -> Matrix:
    """The same mapping for a picture resized from (height, width, ...) `old` to `new`."""
    ratio = np.array([old[1] / new[1], old[0] / new[0]])
    # Resizing keeps pixel edges in place, so pixel centres move by half a pixel.
    shift = matrix[:, :2] @ (ratio / 2 - 0.5) + matrix[:, 2]
    return np.column_stack([matrix[:, :2] * ratio, shift])


def _outside(shape: tuple[int, ...], matrix: Matrix, size: int) -> NDArray[np.float32]:
    """Distance of each crop pixel from the photo, as a share of the crop's side; 0 inside."""
    inside = np.ones(shape[:2], np.uint8)
    seen = cv2.warpAffine(inside, matrix, (size, size), flags=cv2.INTER_NEAREST)
    if seen.all():
        return np.zeros((size, size), np.float32)
    away = cv2.distanceTransform(1 - seen, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(away / size, np.float32)


def _fade(crop: Image, away: NDArray[np.float32]) -> Image:
    """Blur a mirrored border the more, the farther it lies from the photo."""
    if not away.any():
        return crop
    filled = crop.astype(np.float32)
    for blur, reach in ((0.01, 0.03), (0.03, 0.08), (0.08, 0.2)):
        soft = cv2.GaussianBlur(filled, (0, 0), blur * crop.shape[0])
        weight = np.clip(away / reach, 0, 1)[..., None]
        filled += (soft - filled) * weight
    return np.asarray(np.rint(filled), np.uint8)
