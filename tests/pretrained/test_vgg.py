"""VGG features against torchvision's network with the same weights."""

import pytest
import torch
import torch.nn.functional as F
from skimage import data
from torchvision.models.vgg import cfgs, make_layers
from torchvision.transforms.functional import normalize

from facepencil.pretrained.vgg import VggFeatures, maps_distance, unit_distance

TAKEN = (3, 8, 15)
"""relu1_2, relu2_2 and relu3_3 in torchvision's numbering."""


@pytest.fixture(scope="module")
def perceptual(weights):
    return VggFeatures(weights("vgg16_lpips.ckpt"))


@pytest.fixture(scope="module")
def reference(perceptual):
    """torchvision's VGG16 up to relu3_3, carrying the loaded weights."""
    net = make_layers(cfgs["D"])[: TAKEN[-1] + 1]
    mine = iter(one.data for one in perceptual.parameters())
    for theirs in net.parameters():
        theirs.data = next(mine).contiguous()
    for layer in net:
        layer.inplace = False
    return net.eval()


def astronaut(size=64):
    photo = torch.from_numpy(data.astronaut()).permute(2, 0, 1)[None].float() / 127.5 - 1
    return F.interpolate(photo, size=(size, size), mode="area")


def unit_maps(reference, image):
    x = normalize((image + 1) / 2, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    maps = []
    for index, layer in enumerate(reference):
        x = layer(x)
        if index in TAKEN:
            maps.append(F.normalize(x, dim=1))
    return maps


def test_average_pooling_takes_the_place_of_max_pooling(weights, reference):
    perceptual = VggFeatures(weights("vgg16_lpips.ckpt"), "average")
    net = [
        torch.nn.AvgPool2d(2) if isinstance(layer, torch.nn.MaxPool2d) else layer
        for layer in reference
    ]
    image = astronaut()
    for mine, theirs in zip(perceptual.features(image), unit_maps(net, image), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-4)


def test_features_are_torchvisions(perceptual, reference):
    image = astronaut()
    for mine, theirs in zip(perceptual.features(image), unit_maps(reference, image), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-4)


def test_distance_and_gradient_are_the_plain_formulas(perceptual, reference):
    photo, painted = astronaut(), astronaut().flip(3).requires_grad_()
    loss = maps_distance(perceptual.features(photo), perceptual.maps(painted))
    pairs = zip(unit_maps(reference, photo), unit_maps(reference, painted), strict=True)
    expected = sum((a - b).square().sum(1).mean() for a, b in pairs)
    torch.testing.assert_close(loss, expected, rtol=1e-4, atol=1e-5)
    (mine,) = torch.autograd.grad(loss, painted)
    (theirs,) = torch.autograd.grad(expected, painted)
    # By norm: rounding alone closes or opens a few ReLUs.
    assert (mine - theirs).norm() < 1e-2 * theirs.norm()


def test_a_photo_is_nearest_to_itself_and_farther_the_more_it_is_blurred(perceptual):
    photo = astronaut()
    real = perceptual.features(photo)
    blurred = [F.avg_pool2d(photo, width, 1, width // 2) for width in (1, 3, 7)]
    distances = [maps_distance(real, perceptual.maps(one)).item() for one in blurred]
    assert distances[0] == pytest.approx(0, abs=1e-5)
    assert distances[0] < distances[1] < distances[2]


def test_the_weights_are_fixed(perceptual):
    assert not any(one.requires_grad for one in perceptual.parameters())


def test_unit_distance_has_the_gradient_of_its_own_forward():
    unit = F.normalize(torch.randn(2, 5, 3, 3, dtype=torch.double), dim=1)
    x = torch.randn(2, 5, 3, 3, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda one: unit_distance(unit, one), x)


def test_dark_pixels_without_features_are_no_distance_apart():
    x = torch.zeros(1, 4, 2, 2, requires_grad=True)
    loss = unit_distance(torch.zeros(1, 4, 2, 2), x)
    loss.backward()
    assert loss.item() == 0 and x.grad.isfinite().all()


def test_weights_of_another_net_are_refused(weights):
    with pytest.raises(ValueError, match=r"alexnet_lpips\.ckpt: expected the LPIPS package's VGG"):
        VggFeatures(weights("alexnet_lpips.ckpt"))
