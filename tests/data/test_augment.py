from dataclasses import replace

import numpy as np
import pytest
import torch
from skimage import data
from torchvision.transforms import functional as reference

from facepencil.config.deform import DeformParams
from facepencil.config.train import TrainParams
from facepencil.data.augment import Augmentation, colour, draw_augmentation, kept_size
from facepencil.images import Image, resize
from facepencil.seeds import rng_of
from facepencil.strokes.pen import Pen
from facepencil.strokes.strokes import Strokes

AS_IS = (1.0, 1.0, 1.0)


@pytest.fixture
def photo() -> Image:
    return resize(data.astronaut()[:256, 100:356], 64)


def zigzag() -> Strokes:
    """Lines across the canvas, as joined straight cubics."""
    ends = np.array([[90, 120], [400, 150], [180, 260], [420, 330], [110, 400]], np.float32)
    first, last = ends[:-1], ends[1:]
    inner = [first + (last - first) * share for share in (1 / 3, 2 / 3)]
    points = np.concatenate([ends, *inner])
    count = len(first)
    k = np.arange(count)
    segments = np.stack([k, count + 1 + k, 2 * count + 1 + k, k + 1], 1).astype(np.int32)
    return Strokes(points, segments, np.array([0, count], np.int32), np.ones(1, np.uint8))


def test_a_quarter_turn_is_numpys(photo: Image) -> None:
    turned = Augmentation(90.0, (0.0, 0.0), AS_IS).photo(photo, 64)
    np.testing.assert_array_equal(turned, np.rot90(photo, -1))


def test_a_shift_continues_the_edge(photo: Image) -> None:
    """16 px of the canvas are two of a photo of 64 px."""
    shifted = Augmentation(0.0, (16.0, -8.0), AS_IS).photo(photo, 64)
    np.testing.assert_array_equal(shifted[:-1, 2:], photo[1:, :-2])
    np.testing.assert_array_equal(shifted[:-1, :2], photo[1:, :1].repeat(2, 1))
    np.testing.assert_array_equal(shifted[-1, 2:], photo[-1, :-2])


def finest(photo: Image) -> float:
    """Power of waves shorter than 2.5 px, away from the edges."""
    grey = photo[8:-8, 8:-8].mean(2)
    window = np.hanning(len(grey))
    power = np.abs(np.fft.fft2((grey - grey.mean()) * window[:, None] * window)) ** 2
    across = np.abs(np.fft.fftfreq(len(grey)))
    return float(power[np.maximum(across[:, None], across) > 0.4].sum())


@pytest.mark.parametrize("degrees", [-7.0, 3.0])
def test_a_photo_twice_as_large_keeps_its_finest_detail(degrees: float) -> None:
    large = resize(data.astronaut()[:256, 100:356], 128)
    small = resize(large, 64)
    move = Augmentation(degrees, (5.0, -9.0), AS_IS)
    kept, lost = (finest(move.photo(one, 64)) / finest(small) for one in (large, small))
    assert 0.9 < kept < 1.1
    assert lost < 0.75
    there = np.abs(move.photo(large, 64).astype(int) - move.photo(small, 64))
    assert there.mean() < 4  # and nothing lies elsewhere


def test_photos_are_kept_twice_as_large_only_where_they_are_moved() -> None:
    assert kept_size(TrainParams(), 64, 256) == 64
    assert kept_size(TrainParams(augment_colour=0.2), 64, 256) == 64
    for moved in (TrainParams(augment_degrees=1), TrainParams(augment_shift_px=1)):
        assert [kept_size(moved, 64, crop) for crop in (32, 64, 100, 256)] == [64, 64, 100, 128]


def test_a_palette_is_coloured_as_its_photo_is(photo: Image) -> None:
    change = Augmentation(20.0, (30.0, -10.0), (1.1, 0.8, 0.7))
    changed, moved = (one.photo(photo, 64) for one in (change, replace(change, factors=AS_IS)))
    places = (np.array([10, 30, 50]), np.array([20, 33, 60]))
    np.testing.assert_array_equal(change.palette(moved[places], photo, 64), changed[places])
    assert (changed[places] != moved[places]).any()
    kept = replace(change, factors=AS_IS).palette(moved[places], photo, 64)
    np.testing.assert_array_equal(kept, moved[places])


@pytest.mark.parametrize("degrees", [-25.0, 10.0, 70.0])
def test_photo_and_strokes_move_together(degrees: float) -> None:
    """A photo of the lines, moved, against the moved lines drawn anew."""
    pen = Pen(512, 128, DeformParams(line_px=24))
    rng = rng_of("unused")
    lines = zigzag()
    drawn = np.uint8(255 * pen.draw(lines, 0, rng))
    move = Augmentation(degrees, (30.0, -14.0), AS_IS)
    moved = move.photo(np.repeat(drawn[..., None], 3, 2), 128)[..., 0] / 255
    again = pen.draw(move.strokes(lines), 0, rng)
    assert np.abs(moved - again).mean() < 0.15 * np.abs(drawn / 255 - again).mean()


@pytest.mark.parametrize("factors", [(1.3, 1, 1), (1, 0.6, 1), (1, 1, 1.4), (0.7, 1.3, 0.5)])
def test_colours_are_torchvisions(photo: Image, factors: tuple[float, float, float]) -> None:
    x = torch.from_numpy(photo).permute(2, 0, 1).float() / 255
    x = reference.adjust_brightness(x, factors[0])
    x = reference.adjust_contrast(x, factors[1])
    x = reference.adjust_saturation(x, factors[2])
    expected = (x * 255).permute(1, 2, 0).numpy()
    assert np.abs(colour(photo, *factors) - expected).max() < 0.6


def test_factors_of_one_change_nothing(photo: Image) -> None:
    np.testing.assert_array_equal(colour(photo, *AS_IS), photo)
    still = Augmentation(0.0, (0.0, 0.0), AS_IS)
    assert still.photo(photo, 64) is photo
    lines = zigzag()
    assert still.strokes(lines) is lines


def test_it_stays_within_its_bounds_and_uses_them() -> None:
    train = TrainParams(augment_degrees=10, augment_shift_px=20, augment_colour=0.2)
    drawn = [draw_augmentation(train, rng_of("some", k)) for k in range(300)]
    values = np.array([[one.degrees, *one.shift, *one.factors] for one in drawn if one])
    middle, reach = np.array([0, 0, 0, 1, 1, 1]), np.array([10, 20, 20, 0.2, 0.2, 0.2])
    assert (np.abs(values - middle) <= reach).all()
    assert (np.ptp(values, axis=0) > 1.9 * reach).all()


def test_nothing_is_drawn_where_all_is_off() -> None:
    rng = rng_of("some")
    assert draw_augmentation(TrainParams(), rng) is None
    assert rng.random() == rng_of("some").random()
