"""Every kind of photo file is decoded upright in RGB, or refused with its reason."""

import io

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from skimage import data

from facepencil.faces.decode import DRAFT_PX, PhotoError, decode

PHOTO = data.astronaut()[:120, 160:260]
PICTURE = Image.fromarray(PHOTO)
TURNS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, -1),
}
"""How a camera stores an upright picture under each EXIF orientation."""


def saved(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def off(image: np.ndarray, expected: np.ndarray) -> float:
    assert image.dtype == np.uint8
    assert image.shape == expected.shape
    return float(np.abs(image.astype(int) - expected.astype(int)).mean())


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_lossless_formats_come_back_exactly(kind):
    assert off(decode(saved(PICTURE, kind)), PHOTO) == 0


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF", "JPEG2000", "MPO"])
def test_lossy_formats_come_back_nearly(kind):
    assert off(decode(saved(PICTURE, kind)), PHOTO) < 6


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_undone(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(TURNS[orientation](PHOTO)))
    assert off(decode(saved(stored, kind, exif=exif.tobytes())), PHOTO) < 6


def test_damaged_exif_does_not_cost_the_photo():
    data = saved(PICTURE, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + b"\x99" * 40)
    assert off(decode(data), PHOTO) < 6


def test_grey_and_black_and_white():
    grey = np.array(PICTURE.convert("L"))
    assert off(decode(saved(PICTURE.convert("L"), "PNG")), np.dstack([grey] * 3)) == 0
    assert set(np.unique(decode(saved(PICTURE.convert("1"), "PNG")))) == {0, 255}


def test_palette():
    palette = PICTURE.quantize(64)
    assert off(decode(saved(palette, "PNG")), np.array(palette.convert("RGB"))) == 0


def test_cmyk():
    assert off(decode(saved(PICTURE.convert("CMYK"), "JPEG", quality=95)), PHOTO) < 4
    assert off(decode(saved(PICTURE.convert("CMYK"), "TIFF")), PHOTO) < 1


@pytest.mark.parametrize("kind", [".png", ".tiff"])
def test_16_bit_colour_and_grey(kind):
    deep = PHOTO.astype(np.uint16) * 257
    assert off(decode(cv2.imencode(kind, deep[..., ::-1])[1].tobytes()), PHOTO) < 1
    grey = decode(cv2.imencode(kind, deep[..., 1])[1].tobytes())
    assert off(grey, np.dstack([PHOTO[..., 1]] * 3)) == 0


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_is_laid_on_white(mode):
    image = PICTURE.convert(mode)
    image.putalpha(
        Image.fromarray(np.repeat([[0, 255]], 50, axis=1).astype(np.uint8).repeat(120, 0))
    )
    pixels = decode(saved(image, "PNG"))
    assert (pixels[:, :50] == 255).all()
    assert off(pixels[:, 50:], np.array(image.convert("RGB"))[:, 50:]) == 0


def test_transparent_colour_of_a_palette_is_white():
    palette = PICTURE.quantize(8)
    index = int(np.bincount(np.array(palette).ravel()).argmax())
    pixels = decode(saved(palette, "GIF", transparency=index))
    assert (pixels[np.array(palette) == index] == 255).all()


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_first_frame_of_an_animation(kind):
    other = Image.new("RGB", PICTURE.size, "red")
    data = saved(PICTURE, kind, save_all=True, append_images=[other, other])
    assert off(decode(data), PHOTO) < 8


def test_one_pixel():
    assert decode(saved(Image.new("RGB", (1, 1), (9, 8, 7)), "PNG")).tolist() == [[[9, 8, 7]]]


def test_large_jpeg_is_reduced_while_read():
    data = saved(Image.new("L", (8000, 6000), 77), "JPEG")
    height, width, _ = decode(data).shape
    assert (height, width) == (3000, 4000)
    assert height >= DRAFT_PX


def test_bomb_is_refused_before_it_is_unpacked():
    data = saved(Image.new("1", (20_000, 10_000)), "PNG")
    assert len(data) < 1_000_000
    with pytest.raises(PhotoError, match=r"200000000 pixels.* exceeds limit"):
        decode(data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_cut_off_files_are_refused(kind):
    data = saved(PICTURE, kind)
    with pytest.raises(PhotoError, match=r"cannot be decoded: |not an image"):
        decode(data[: len(data) // 2])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"no photo\n" * 99,
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"GIF89a",
    ],
)
def test_other_files_are_refused(data):
    with pytest.raises(PhotoError, match="not an image in one of JPEG, PNG"):
        decode(data)


@pytest.mark.parametrize("mode", ["F", "I"])
def test_samples_of_unknown_range_are_refused(mode):
    with pytest.raises(PhotoError, match=f"mode {mode}"):
        decode(saved(PICTURE.convert("L").convert(mode), "TIFF"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP"])
@given(noise=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=20))
def test_damage_never_raises_anything_else(kind, noise):
    damaged = bytearray(saved(PICTURE.resize((40, 48)), kind))
    for place, value in noise:
        damaged[place % len(damaged)] = value
    try:
        pixels = decode(bytes(damaged))
    except PhotoError as error:
        assert str(error)
    else:
        assert pixels.dtype == np.uint8
        assert pixels.ndim == 3
        assert pixels.shape[2] == 3
