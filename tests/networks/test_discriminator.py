"""D judges pairs at several scales."""

import torch
import torch.nn.functional as F

from facepencil.config.model import ModelParams
from facepencil.networks.discriminator import MultiScaleDiscriminator


def test_every_scale_gives_all_its_layers_and_logits_last():
    model = ModelParams(discriminator_scales=2, discriminator_channels=8, discriminator_layers=3)
    maps = MultiScaleDiscriminator(model)(torch.zeros(2, 1, 64, 64), torch.zeros(2, 3, 64, 64))
    assert [tuple(one.shape[1:]) for one in maps[0]] == [
        (8, 33, 33),
        (16, 17, 17),
        (32, 9, 9),
        (64, 10, 10),
        (1, 11, 11),
    ]
    assert [one.shape[-1] for one in maps[1]] == [17, 9, 5, 6, 7]


def test_smaller_scales_see_the_pair_averaged():
    torch.manual_seed(0)
    discriminator = MultiScaleDiscriminator(ModelParams(discriminator_scales=3))
    sketch, image = torch.rand(2, 1, 64, 64), torch.rand(2, 3, 64, 64) * 2 - 1
    maps = discriminator(sketch, image)
    pair = torch.cat([sketch, image], 1)
    for scale, found in zip(discriminator.scales, maps, strict=True):
        for one, expected in zip(found, scale(pair), strict=True):
            torch.testing.assert_close(one, expected, rtol=1e-4, atol=1e-4)
        pair = F.avg_pool2d(pair, 3, 2, 1, count_include_pad=False)


def test_both_the_sketch_and_the_image_matter():
    torch.manual_seed(0)
    discriminator = MultiScaleDiscriminator(ModelParams())
    sketch, image = torch.rand(1, 1, 64, 64), torch.rand(1, 3, 64, 64)
    logits = discriminator(sketch, image)[0][-1]
    assert not torch.allclose(logits, discriminator(sketch.flip(3), image)[0][-1])
    assert not torch.allclose(logits, discriminator(sketch, image.flip(3))[0][-1])


def test_spectral_norm_divides_kernels_by_their_largest_singular_value():
    torch.manual_seed(0)
    model = ModelParams(discriminator_norm="spectral", discriminator_scales=1)
    discriminator = MultiScaleDiscriminator(model)
    sketch, image = torch.rand(2, 1, 64, 64), torch.rand(2, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        for _ in range(100):
            found = discriminator(sketch, image)[0]
    weights = discriminator.state_dict()
    x = torch.cat([sketch, image], 1)
    for level, (one, stride) in enumerate(zip(found, (2, 2, 2, 1, 1), strict=True)):
        name = f"scales.0.layers.{level}" + (".0" if level < 4 else "")
        kernel = weights[f"{name}.parametrizations.weight.original"]
        gain = torch.linalg.svdvals(kernel.flatten(1)).max()
        x = F.conv2d(x, kernel / gain, weights[f"{name}.bias"], stride, 2)
        x = F.leaky_relu(x, 0.2) if level < 4 else x
        torch.testing.assert_close(one, x, rtol=1e-2, atol=1e-4)


def test_blurred_maps_are_filtered_before_they_are_halved_and_the_pair_is_not():
    torch.manual_seed(0)
    plain = MultiScaleDiscriminator(ModelParams(discriminator_scales=1))
    torch.manual_seed(0)
    blurred = MultiScaleDiscriminator(
        ModelParams(discriminator_scales=1, discriminator_down="blur")
    )
    line = torch.tensor([1.0, 2, 1]) / 4
    pair = torch.rand(2, 4, 64, 64)
    maps = blurred(pair[:, :1], pair[:, 1:])[0]
    x = pair
    for level, (layer, found) in enumerate(zip(plain.scales[0].layers, maps, strict=True)):
        if level in (1, 2):
            kernel = torch.outer(line, line).expand(x.shape[1], 1, 3, 3)
            x = F.conv2d(x, kernel, padding=1, groups=x.shape[1])
        x = layer(x)
        torch.testing.assert_close(found, x, rtol=1e-3, atol=1e-4)
