"""Turns, shifts and colours of training photos, drawn afresh in every pass."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.config.train import TrainParams
from facepencil.faces.align import Matrix, transform_points, warp
from facepencil.images import Image, resize
from facepencil.strokes.strokes import CANVAS_PX, Strokes

_GREY = np.array([0.299, 0.587, 0.114], np.float32)
"""Luma of RGB (ITU-R BT.601)."""


@dataclass(frozen=True)
class Augmentation:
    """What is done to one photo and its strokes.

    Attributes:
        degrees: turn about the middle, clockwise.
        shift: to the right and down, canvas px.
        factors: of brightness, contrast and saturation, in this order.
    """

    degrees: float
    shift: tuple[float, float]
    factors: tuple[float, float, float]

    def strokes(self, strokes: Strokes) -> Strokes:
        """Turned and shifted; they may leave the canvas."""
        if not self._moves:
            return strokes
        points = transform_points(strokes.points.astype(np.float64), self._matrix(CANVAS_PX, 0.0))
        return replace(strokes, points=points.astype(np.float32))

    def photo(self, photo: Image, size: int) -> Image:
        """Square RGB photo, turned and shifted, its edges continued outwards, and coloured.

        Moved at its own size and then brought to `size` px: one twice as large loses hardly
        anything by it, one of `size` px 3 dB of its finest detail.
        """
        moved = self._moved(photo, size)
        return moved if self.factors == (1, 1, 1) else colour(moved, *self.factors)

    def palette(self, palette: Image, photo: Image, size: int) -> Image:
        """Colours (3, 3) of a photo, changed as the photo's own colours are."""
        if self.factors == (1, 1, 1):
            return palette
        return colour(palette[None], *self.factors, like=self._moved(photo, size)).reshape(-1, 3)

    def _moved(self, photo: Image, size: int) -> Image:
        if self._moves:
            side = len(photo)
            photo = warp(photo, self._matrix(side, 0.5), side, cv2.BORDER_REPLICATE)
        return resize(photo, size)

    @property
    def _moves(self) -> bool:
        return bool(self.degrees or any(self.shift))

    def _matrix(self, side: int, first: float) -> Matrix:
        """Of a picture of `side` px whose first pixel has its centre at `first` of a pixel."""
        angle = np.radians(self.degrees)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        middle = side / 2 - first
        shift = np.array(self.shift) * (side / CANVAS_PX)
        return np.column_stack([turn, shift + middle - turn @ [middle, middle]])


def draw_augmentation(train: TrainParams, rng: np.random.Generator) -> Augmentation | None:
    """Uniform within what `train` allows; None, and nothing drawn, where it allows none."""
    if not (train.augment_degrees or train.augment_shift_px or train.augment_colour):
        return None
    turn, right, down, *colours = rng.uniform(-1, 1, 6).tolist()
    brightness, contrast, saturation = (1 + train.augment_colour * one for one in colours)
    return Augmentation(
        turn * train.augment_degrees,
        (right * train.augment_shift_px, down * train.augment_shift_px),
        (brightness, contrast, saturation),
    )


def kept_size(train: TrainParams, size: int, crop: int) -> int:
    """Side of the photos that `Augmentation.photo` brings to `size` px, out of crops of `crop` px.

    Twice as large where photos are turned or shifted, as far as crops are so fine.
    """
    if not (train.augment_degrees or train.augment_shift_px):
        return size
    return max(size, min(2 * size, crop))


def colour(
    photo: Image,
    brightness: float,
    contrast: float,
    saturation: float,
    like: Image | None = None,
) -> Image:
    """RGB (H, W, 3) with each factor applied in turn; 1 changes nothing.

    Contrast keeps the mean grey of the photo, or of another, `like`, whose colours these are.
    """
    x = _blend(photo.astype(np.float32), np.float32(0), brightness)
    lit = x if like is None else _blend(like.astype(np.float32), np.float32(0), brightness)
    x = _blend(x, _grey(lit).mean(dtype=np.float64), contrast)
    x = _blend(x, _grey(x), saturation)
    return np.asarray(np.rint(x), np.uint8)


def _blend(
    x: NDArray[np.float32], other: NDArray[np.float32] | np.floating, share: float
) -> NDArray[np.float32]:
    return np.asarray(np.clip(share * x + (1 - share) * other, 0, 255), np.float32)


def _grey(x: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray((x * _GREY).sum(2, keepdims=True), np.float32)
