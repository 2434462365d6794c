"""Square crops with every face in the same place: a similarity transform fitted to five points."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.images import Image

Points = NDArray[np.float64]
"""(N, 2) x, y; integer values are pixel centres."""

Matrix = NDArray[np.float64]
"""(2, 3): maps x, y of the photo to x, y of the crop."""

_MEAN_FACE = np.array(
    [[-0.480, -0.5], [0.480, -0.5], [0.0, 0.052], [-0.406, 0.5], [0.406, 0.5]], np.float64
)
"""Mean of the five points (eyes, nose tip, mouth corners) of 998 CelebA faces after alignment to
one another, made symmetric. Origin midway between eyes and mouth, their distance as unit."""

_CENTRE_Y = 0.61
"""Distance of that origin from the top of the crop, as a share of its side: leaves room for the
hair."""


def template(size: int, face_fraction: float) -> Points:
    """Where the five points (see `Face.points`) belong in a crop of `size` px.

    `face_fraction` is the distance from midway between the eyes to the middle of the mouth, as a
    share of the side.
    """
    centre = np.array([0.5, _CENTRE_Y]) * size - 0.5
    return _MEAN_FACE * face_fraction * size + centre


def similarity(source: Points, target: Points) -> Matrix:
    """Rotation, uniform scale and shift that best map `source` to `target`, both (N, 2).

    Least squares over all points (Umeyama 1991), never a mirror image. In closed form, because the
    singular values behind scikit-image's `SimilarityTransform` differ between processors in their
    last bits.

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
    """Crop pixels per photo pixel."""
    return float(np.hypot(matrix[0, 0], matrix[1, 0]))


def roll_of(matrix: Matrix) -> float:
    """Degrees by which the matrix rotates the photo, -180..180, clockwise on screen."""
    return float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])))


def inverse(matrix: Matrix) -> Matrix:
    """Maps x, y of the crop to x, y of the photo."""
    return np.asarray(cv2.invertAffineTransform(matrix), np.float64)


def transform_points(points: Points, matrix: Matrix) -> Points:
    """Points (N, 2) of the photo, in crop coordinates."""
    return points @ matrix[:, :2].T + matrix[:, 2]


def crop_face(photo: Image, matrix: Matrix, size: int) -> Image:
    """Crop (size, size, 3) of an RGB photo; what lies outside the photo is filled in.

    The fill mirrors the photo, blurred more and more with distance from its edge.
    """
    crop = warp(photo, matrix, size)
    distance = _distance_outside(photo.shape, matrix, size)
    return _blur_outside(crop, distance) if distance.any() else crop


def warp(photo: Image, matrix: Matrix, size: int, border: int = cv2.BORDER_REFLECT) -> Image:
    """Crop (size, size, 3) of an RGB photo; `border` is OpenCV's border mode.

    Area-averaged where the photo is finer than the crop, bicubic otherwise.
    """
    near, matrix = _shrink(*_region(photo, matrix, size))
    crop = cv2.warpAffine(near, matrix, (size, size), flags=cv2.INTER_CUBIC, borderMode=border)
    return np.asarray(crop, np.uint8)


def crop_labels(labels: Image, matrix: Matrix, size: int, photo: tuple[int, int]) -> Image:
    """Crop (size, size) of a label map that covers a photo of (height, width) `photo`.

    The map may be coarser or finer than the photo. Labels are never mixed; 0 outside.
    """
    matrix = _rescaled(matrix, photo, labels.shape)
    flags = cv2.INTER_NEAREST
    return np.asarray(cv2.warpAffine(labels, matrix, (size, size), flags=flags), np.uint8)


def _region(photo: Image, matrix: Matrix, size: int) -> tuple[Image, Matrix]:
    """The part of the photo that the crop shows, so that a large photo costs no more."""
    corners = transform_points(
        np.array([[-1, -1], [size, -1], [-1, size], [size, size]]), inverse(matrix)
    )
    limit = np.array(photo.shape[1::-1])
    # Cubic kernels and area averages read a little beyond the corners.
    margin = 2 + 2 / scale_of(matrix)
    left, top = np.clip(np.floor(corners.min(axis=0) - margin), 0, limit - 1).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0) + margin), 1, limit).astype(int)
    shift = matrix[:, 2] + matrix[:, :2] @ np.array([left, top])
    return photo[top:bottom, left:right], np.column_stack([matrix[:, :2], shift])


def _shrink(photo: Image, matrix: Matrix) -> tuple[Image, Matrix]:
    """Photo area-averaged to about crop resolution, so that the warp itself skips no pixels."""
    scale = scale_of(matrix)
    if scale >= 1:
        return photo, matrix
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


def _distance_outside(shape: tuple[int, ...], matrix: Matrix, size: int) -> NDArray[np.float32]:
    """Distance of each crop pixel from the photo, as a share of the crop's side; 0 inside."""
    back = inverse(matrix).astype(np.float32)
    step = np.arange(size, dtype=np.float32)
    x = back[0, 0] * step + back[0, 1] * step[:, None] + back[0, 2]
    y = back[1, 0] * step + back[1, 1] * step[:, None] + back[1, 2]
    beyond_x = np.maximum(np.maximum(-x, x - (shape[1] - 1)), 0)
    beyond_y = np.maximum(np.maximum(-y, y - (shape[0] - 1)), 0)
    return np.asarray(np.hypot(beyond_x, beyond_y) * (scale_of(matrix) / size), np.float32)


def _blur_outside(crop: Image, distance: NDArray[np.float32]) -> Image:
    """Blur in three steps that fade in, wider ones farther out, so that no edge is visible."""
    filled = crop.astype(np.float32)
    for blur, reach in ((0.01, 0.03), (0.03, 0.08), (0.08, 0.2)):
        soft = cv2.GaussianBlur(filled, (0, 0), blur * crop.shape[0])
        weight = np.clip(distance / reach, 0, 1)[..., None]
        filled += (soft - filled) * weight
    return np.asarray(np.rint(filled), np.uint8)
