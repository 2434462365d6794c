import numpy as np
import pytest
import torch
from scipy.fft import fft2
from scipy.signal.windows import hann

from facepencil.evaluation.bootstrap import resample
from facepencil.evaluation.spectrum import (
    DIRECTIONS,
    PowerSpectrum,
    spectrum_curve,
    spectrum_deviation,
)
from facepencil.tensors import photo_tensor

SIZE = 32


@pytest.fixture(scope="module")
def photos(make_faces):
    return photo_tensor(np.stack(list(make_faces(SIZE).values())))


def by_loops(image):
    """Mean power by direction and ring, frequency by frequency."""
    grey = np.tensordot([0.299, 0.587, 0.114], image.double().numpy(), 1)
    window = np.outer(hann(SIZE, sym=False), hann(SIZE, sym=False))
    power = np.abs(fft2((grey - grey.mean()) * window)) ** 2
    found = {name: [[] for _ in range(8)] for name in DIRECTIONS}
    for row in range(SIZE):
        for column in range(SIZE):
            y, x = (step - SIZE if step >= SIZE / 2 else step for step in (row, column))
            if x == y == 0:
                continue
            ring = min(int(np.ceil(np.hypot(x, y) * 16 / SIZE)), 8) - 1
            inside = {
                "all": True,
                "horizontal": abs(y) <= 1,
                "vertical": abs(x) <= 1,
                "diagonal": abs(abs(x) - abs(y)) <= 1,
            }
            for name in [name for name in DIRECTIONS if inside[name]]:
                found[name][ring].append(power[row, column])
    return np.array([[np.mean(ring) for ring in found[name]] for name in DIRECTIONS])


def test_powers_are_those_of_a_plain_loop(photos):
    found = PowerSpectrum()(photos[:2])
    for image, row in zip(photos[:2], found, strict=True):
        assert row.numpy() == pytest.approx(by_loops(image).ravel(), rel=1e-6)


def test_neither_batch_nor_brightness_matters(photos):
    whole = PowerSpectrum()(photos)
    parts = torch.cat([PowerSpectrum()(photos[i : i + 5]) for i in range(0, len(photos), 5)])
    assert torch.allclose(whole, parts, rtol=1e-9)
    assert torch.allclose(whole, PowerSpectrum()(photos.double() + 0.3), rtol=1e-4)


def test_stripes_show_in_their_direction_and_ring(photos):
    real = PowerSpectrum()(photos)
    stripes = 0.5 * torch.cos(torch.pi * torch.arange(SIZE))  # upright, of a period of 2 px
    curve = spectrum_curve(real, PowerSpectrum()(photos + stripes))
    flat = int(curve.argmax())
    assert (DIRECTIONS[flat // 8], flat % 8) == ("horizontal", 7)
    assert curve[DIRECTIONS.index("vertical")].abs().max() < 1


def test_half_the_contrast_is_six_decibels(photos):
    real, counts = PowerSpectrum()(photos), resample(len(photos), 20, np.random.default_rng(0))
    found = spectrum_deviation(real, PowerSpectrum()(photos / 2), counts)
    assert found.value == pytest.approx(20 * np.log10(2), abs=1e-4)
    assert found.draws == pytest.approx([found.value] * 20, abs=1e-4)


def test_a_draw_scores_as_its_repeated_photos_do(photos):
    real, painted = PowerSpectrum()(photos[:12]), PowerSpectrum()(photos[12:])
    counts = resample(12, 3, np.random.default_rng(0))
    found = spectrum_deviation(real, painted, counts)
    for row, drawn in zip(counts, found.draws, strict=True):
        chosen = np.repeat(np.arange(12), row)
        curve = spectrum_curve(real[chosen], painted[chosen])
        assert drawn == pytest.approx(curve.abs().max().item(), rel=1e-9)
