"""D's heads see the maps that VGG16 gives, and tell images from each other."""

import torch
import torch.nn.functional as F
from torch import Tensor

from facepencil.networks.feature_heads import CHANNELS, FeatureHeads
from facepencil.pretrained.vgg import VggFeatures


def test_their_channels_are_those_of_vgg(weights):
    maps = VggFeatures(weights("vgg16_lpips.ckpt")).maps(torch.zeros(1, 3, 32, 32))
    assert tuple(one.shape[1] for one in maps) == CHANNELS


def made_up(count: int, size: int) -> list[Tensor]:
    sizes = [size, size // 2, size // 4]
    return [torch.rand(count, c, s, s) for c, s in zip(CHANNELS, sizes, strict=True)]


def test_every_map_has_logits_of_its_own_size() -> None:
    for size in (48, 45):
        logits = FeatureHeads(4)([(torch.rand(2, 1, size, size), made_up(2, size))])
        sizes = [size, size // 2, size // 4]
        assert [one.shape for one in logits] == [(2, 1, s // 2, s // 2) for s in sizes]


def test_the_first_layer_sees_the_sketch_beside_vectors_of_root_mean_square_1() -> None:
    heads, maps, sketch = FeatureHeads(4).eval(), made_up(2, 16), torch.rand(2, 1, 16, 16)
    found = heads([(sketch, maps)])
    for level, (head, features) in enumerate(zip(heads.heads, maps, strict=True)):
        pair = torch.cat([F.avg_pool2d(sketch, 2**level), features * features.shape[1] ** 0.5], 1)
        torch.testing.assert_close(found[level], head.rest(head.first(pair)))


def test_batches_are_judged_one_after_another() -> None:
    heads = FeatureHeads(4).eval()
    pairs = [(torch.rand(n, 1, 16, 16), made_up(n, 16)) for n in (1, 2)]
    together, alone = heads(pairs), [heads([pair]) for pair in pairs]
    for level, found in enumerate(together):
        torch.testing.assert_close(found, torch.cat([one[level] for one in alone]))


def test_they_learn_to_tell_images_apart_and_look_at_the_sketch_too(weights) -> None:
    torch.manual_seed(0)
    vgg, heads = VggFeatures(weights("vgg16_lpips.ckpt")), FeatureHeads(8)
    maps = vgg.features(torch.rand(2, 3, 32, 32) * 2 - 1)
    sketch = (torch.rand(1, 1, 32, 32) > 0.8).float().expand(2, -1, -1, -1)
    optimizer = torch.optim.Adam(heads.parameters(), 1e-2)
    for _ in range(60):
        logits = heads([(sketch, maps)])
        loss = torch.stack([one[0].mean() - one[1].mean() for one in logits]).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert all(one[1].mean() > one[0].mean() + 0.1 for one in logits)
    heads.eval()  # spectral norm moves a step with every pass of training
    logits = heads([(sketch, maps)])
    blank = heads([(torch.zeros(2, 1, 32, 32), maps)])
    assert all((a - b).abs().max() > 0 for a, b in zip(blank, logits, strict=True))
