"""The generator of pix2pix, beside a literal construction of the paper's appendix."""

import pytest
import torch
import torch.nn.functional as F
from pydantic import ValidationError

from facepencil.config.model import ModelParams
from facepencil.networks.discriminator import PatchDiscriminator
from facepencil.networks.generator import build_generators
from facepencil.networks.unet import UNet


def unet(size: int, channels: int = 4) -> UNet:
    torch.manual_seed(0)
    return UNet(ModelParams(kind="unet", sap=False, size=size, channels=channels))


def normal(x: torch.Tensor) -> torch.Tensor:
    return F.instance_norm(x)


def literal(net: UNet, x: torch.Tensor) -> torch.Tensor:
    """Eight pixels: three levels down and up, written out."""
    down = [
        conv for layer in net.downs for conv in layer.modules() if isinstance(conv, torch.nn.Conv2d)
    ]
    up = [conv for conv in net.modules() if isinstance(conv, torch.nn.ConvTranspose2d)]
    one = F.conv2d(x, down[0].weight, down[0].bias, 2, 1)
    two = normal(F.conv2d(F.leaky_relu(one, 0.2), down[1].weight, None, 2, 1))
    three = F.conv2d(F.leaky_relu(two, 0.2), down[2].weight, down[2].bias, 2, 1)
    first = normal(F.conv_transpose2d(F.relu(three), up[0].weight, None, 2, 1))
    second = torch.cat([first, two], 1)
    second = normal(F.conv_transpose2d(F.relu(second), up[1].weight, None, 2, 1))
    third = torch.cat([second, one], 1)
    return F.conv_transpose2d(F.relu(third), up[2].weight, up[2].bias, 2, 1).tanh()


def test_it_computes_what_the_paper_says():
    net = unet(8).eval()
    sketch = torch.rand(3, 1, 8, 8)
    torch.testing.assert_close(net(sketch).image, literal(net, sketch), rtol=1e-4, atol=1e-5)


def test_at_256_px_it_has_the_sizes_of_pix2pix():
    """54.4 million parameters, as the release counts them."""
    with torch.device("meta"):
        net = UNet(ModelParams(kind="unet", sap=False, size=256, channels=64))
        image = net(torch.zeros(1, 1, 256, 256)).image
    assert image.shape == (1, 3, 256, 256)
    widths = [
        conv.out_channels for conv in net.downs.modules() if isinstance(conv, torch.nn.Conv2d)
    ]
    assert widths == [64, 128, 256, 512, 512, 512, 512, 512]
    assert round(sum(p.numel() for p in net.parameters()) / 1e6, 1) == 54.4
    dropouts = [any(isinstance(m, torch.nn.Dropout) for m in up) for up in net.ups]
    assert dropouts == [False, True, True, True, False, False, False]


@pytest.mark.parametrize("size", [8, 16, 64])
def test_any_power_of_two_will_do(size):
    assert unet(size)(torch.zeros(2, 1, size, size)).image.shape == (2, 3, size, size)


@pytest.mark.parametrize("changes", [{"sap": True}, {"size": 48, "sap": False}])
def test_what_no_unet_can_be(changes):
    with pytest.raises(ValidationError, match="where kind is unet"):
        ModelParams(kind="unet", **changes)


def test_dropout_is_for_training_alone():
    net = unet(256, 1)
    sketch = torch.rand(1, 1, 256, 256)
    assert not torch.equal(net(sketch).image, net(sketch).image)
    net.eval()
    torch.testing.assert_close(net(sketch).image, net(sketch).image, rtol=0, atol=0)


def test_it_is_a_single_generator():
    model = ModelParams(kind="unet", sap=False, size=16, channels=4)
    generators = build_generators(model, None)
    assert generators.auxiliary is None
    assert len(generators.trainable(3)) == len(list(generators.parameters()))


def test_a_patch_of_its_discriminator_sees_70_px():
    net = PatchDiscriminator(4, 3)
    pair = torch.rand(1, 4, 128, 128, requires_grad=True)
    logits = net(pair)[-1]
    # Norms see the whole image: what a logit's place sees is found without them.
    plain = torch.nn.Sequential(
        *[layer[0] if isinstance(layer, torch.nn.Sequential) else layer for layer in net.layers]
    )
    middle = logits.shape[-1] // 2
    plain(pair)[0, 0, middle, middle].backward()
    seen = pair.grad.abs().sum((0, 1)) > 0
    assert seen.any(0).sum() == seen.any(1).sum() == 70
