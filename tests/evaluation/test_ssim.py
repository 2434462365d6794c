import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from facepencil.evaluation.ssim import ssim


@pytest.fixture(scope="module")
def pairs(make_faces):
    """Photos and worse ones, (N, S, S, 3) in [0, 1]."""
    photos = np.stack(list(make_faces(48).values())[:8]) / 255
    noise = np.random.default_rng(0).normal(0, 0.1, photos.shape)
    return photos, np.clip(photos + noise, 0, 1)


def tensors(pairs):
    return [torch.from_numpy(each).permute(0, 3, 1, 2) for each in pairs]


def test_it_is_that_of_scikit_image(pairs):
    how = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    expected = [
        structural_similarity(a, b, channel_axis=2, data_range=1, **how)
        for a, b in zip(*pairs, strict=True)
    ]
    assert ssim(*tensors(pairs)).numpy() == pytest.approx(expected, abs=1e-6)
    in_float32 = ssim(*(each.float() for each in tensors(pairs)))
    assert in_float32.numpy() == pytest.approx(expected, abs=1e-4)


def test_it_does_not_depend_on_the_batch(pairs):
    first, second = tensors(pairs)
    parts = [ssim(first[i : i + 3], second[i : i + 3]) for i in range(0, 8, 3)]
    assert torch.allclose(torch.cat(parts), ssim(first, second), atol=1e-12)


def test_equal_photos_score_one(pairs):
    photos = tensors(pairs)[0]
    assert ssim(photos, photos).numpy() == pytest.approx(1)
