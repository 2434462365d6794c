import lpips
import numpy as np
import pytest
import torch
from skimage import data
from skimage.filters import gaussian

from facepencil.pretrained.lpips import load_lpips


@pytest.fixture(scope="module")
def distance(weights):
    return load_lpips(weights("alexnet_lpips.ckpt"))


def batch(size):
    photo = data.astronaut()
    tiles = [photo[y : y + size, x : x + size] for y in (0, 128, 256) for x in (40, 150)]
    return torch.from_numpy(np.stack(tiles)).permute(0, 3, 1, 2).float() / 127.5 - 1


@pytest.mark.parametrize("size", [64, 97, 256])
def test_equals_the_lpips_package(distance, size):
    reference = lpips.LPIPS(net="alex", pnet_rand=True, verbose=False)
    convolutions = [m for m in reference.net.modules() if isinstance(m, torch.nn.Conv2d)]
    for theirs, ours in zip(convolutions, distance.trunk, strict=True):
        theirs.load_state_dict(ours.state_dict())
    first = batch(size)
    second = first.flip(0)
    with torch.inference_mode():
        expected = reference(first, second).flatten()
        assert torch.allclose(distance(first, second), expected, atol=1e-5)
    assert expected.min() > 0.1


def test_grows_with_blur_from_zero(distance):
    photo = batch(128)
    blurred = [
        torch.from_numpy(gaussian(photo.numpy(), (0, 0, spread, spread)).astype(np.float32))
        for spread in (1, 2, 4)
    ]
    scores = [distance(photo, worse).mean().item() for worse in (photo, *blurred)]
    assert scores[0] == 0
    assert scores == sorted(scores) and scores[1] > 0.02


def test_other_weights_are_refused(weights):
    with pytest.raises(ValueError, match=r"vgg16_lpips\.ckpt: expected the weights of LPIPS-Alex"):
        load_lpips(weights("vgg16_lpips.ckpt"))
