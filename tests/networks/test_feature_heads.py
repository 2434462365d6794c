"""D's heads see the maps that VGG16 gives, and tell images from each other."""

import torch

from facepencil.networks.feature_heads import CHANNELS, FeatureHeads
from facepencil.pretrained.vgg import VggFeatures


def test_their_channels_are_those_of_vgg(weights):
    maps = VggFeatures(weights("vgg16_lpips.ckpt")).maps(torch.zeros(1, 3, 32, 32))
    assert tuple(one.shape[1] for one in maps) == CHANNELS


def test_every_map_has_logits_of_its_own_size():
    for size in (48, 45):
        sizes = [size, size // 2, size // 4]
        units = [torch.rand(2, c, s, s) for c, s in zip(CHANNELS, sizes, strict=True)]
        logits = FeatureHeads(4)(torch.rand(2, 1, size, size), units)
        assert [one.shape for one in logits] == [(2, 1, s // 2, s // 2) for s in sizes]


def test_they_learn_to_tell_images_apart_and_look_at_the_sketch_too(weights):
    torch.manual_seed(0)
    vgg, heads = VggFeatures(weights("vgg16_lpips.ckpt")), FeatureHeads(8)
    units = vgg.features(torch.rand(2, 3, 32, 32) * 2 - 1)
    sketch = (torch.rand(1, 1, 32, 32) > 0.8).float()
    optimizer = torch.optim.Adam(heads.parameters(), 1e-2)
    for _ in range(60):
        logits = heads(sketch.expand(2, -1, -1, -1), units)
        loss = torch.stack([one[0].mean() - one[1].mean() for one in logits]).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert all(one[1].mean() > one[0].mean() + 0.1 for one in logits)
    heads.eval()  # spectral norm moves a step with every pass of training
    logits = heads(sketch.expand(2, -1, -1, -1), units)
    blank = heads(torch.zeros(2, 1, 32, 32), units)
    assert all((a - b).abs().max() > 0 for a, b in zip(blank, logits, strict=True))
