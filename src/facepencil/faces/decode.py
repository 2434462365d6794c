"""Photo bytes of any kind to upright 8-bit RGB, or the reason why not."""

import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from facepencil.images import Image as Pixels

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "JPEG2000", "AVIF", "PPM")
"""What may be read: raster formats only, never those that Pillow hands to another program."""

DRAFT_PX = 2048
"""JPEG decoders may halve a photo as long as both sides keep this much: time and memory."""


class PhotoError(ValueError):
    """A photo that cannot be used; the message is the reason given in the list of rejects."""


def decode(data: bytes) -> Pixels:
    """The first frame of a photo file as RGB (H, W, 3), upright, transparency laid on white.

    Grey, palette, CMYK, 16-bit and animated files are taken; very large JPEGs come reduced by
    2, 4 or 8 (see `DRAFT_PX`).

    Raises:
        PhotoError: no image of `FORMATS`, cut off or damaged, of a sample type without a known
            range, or above Pillow's limit of pixels.
    """
    try:
        with warnings.catch_warnings():
            # Pillow warns at half the size it refuses; one limit is enough.
            warnings.simplefilter("ignore")
            return _pixels(_upright(data))
    except PhotoError:
        raise
    except Exception as error:
        # Pillow's decoders raise nearly every kind of exception on damaged bytes.
        raise PhotoError(f"cannot be decoded: {error or type(error).__name__}") from error


def _upright(data: bytes) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise PhotoError(f"not an image in one of {', '.join(FORMATS)}") from error
    image.draft(None, (DRAFT_PX, DRAFT_PX))
    image.load()
    try:
        return ImageOps.exif_transpose(image)
    except (OSError, ValueError, SyntaxError, TypeError, KeyError):
        # Damaged EXIF says nothing of the pixels: take the photo as it lies.
        return image


def _pixels(image: Image.Image) -> Pixels:
    if image.mode.startswith("I;16"):
        high = np.asarray(image, np.uint16) / 257
        return np.repeat(_bytes(high)[..., None], 3, axis=2)
    if image.mode in ("I", "F"):
        raise PhotoError(f"32-bit samples (mode {image.mode}) have no known range")
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image.convert("RGBA"))
    return np.array(image.convert("RGB"), np.uint8)


def _bytes(values: NDArray[np.float64]) -> Pixels:
    return np.rint(values).astype(np.uint8)
