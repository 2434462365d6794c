"""The networks and the step in the forms of the release and of pix2pixHD, with our weights.

Torch's own layers, attention at full size, and D asked anew by each loss: about its real pairs,
about painted ones that give it no gradient to pass on, and again for the painters.
"""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam

from benchmarks.reference.layers import TORCH, Forms, plain, plain_parts
from facepencil.config.train import TrainParams
from facepencil.data.stream import Batch
from facepencil.networks.blocks import ReflectConv2d
from facepencil.networks.sap import SpatialAttentionPooling
from facepencil.pretrained.vgg import maps_distance
from facepencil.training.losses import adversarial, feature_matching, generator_feature_matching
from facepencil.training.step import BETAS, Networks


class PlainPooling(nn.Module):
    """SAP as the release computes it: each branch by itself, C's maps enlarged to full size."""

    def __init__(self, ours: SpatialAttentionPooling) -> None:
        super().__init__()
        self.ours, self.channels = ours, ours.channels

    def forward(self, sketch: Tensor) -> Tensor:
        """(N, 1, S, S) to (N, channels, S, S)."""
        ours = self.ours
        assert ours.classifier is not None and ours.attention is not None
        pooled = [F.max_pool2d(sketch, width, 1, width // 2) for width in ours.widths]
        strokes = ours.branches(torch.cat(pooled, 1))
        maps = ours.classifier.features(sketch)
        seen = torch.cat([F.interpolate(one, size=sketch.shape[2:]) for one in maps], 1)
        attention: Tensor = ours.attention(seen).softmax(1)
        return attention * strokes


def _bare(layer: ReflectConv2d) -> nn.Module:
    """In torch's usual layout."""
    bare = nn.Conv2d(*layer.weight.shape[1::-1], layer.kernel_size, layer.stride, bias=False)
    bare.weight = layer.weight
    return nn.Sequential(nn.ReflectionPad2d(layer.kernel_size[0] // 2), bare)


def _pooling(layer: SpatialAttentionPooling) -> nn.Module:
    plain_parts(layer, RELEASE)
    return PlainPooling(layer)


RELEASE: Forms = {**TORCH, ReflectConv2d: _bare, SpatialAttentionPooling: _pooling}


def plain_networks(ours: Networks) -> Networks:
    """Copies of our networks in torch's own layers; VGG16 is shared."""
    nets = (copy.deepcopy(ours.generators), copy.deepcopy(ours.discriminator))
    first, second = (plain(net, RELEASE).to(memory_format=torch.contiguous_format) for net in nets)
    return Networks(first, second, ours.vgg)  # type: ignore[arg-type]


class PlainStep:
    """pix2pixHD's step for two generators that share their trunk."""

    def __init__(self, networks: Networks, train: TrainParams) -> None:
        self._networks, self._train = networks, train
        self._gan = adversarial(train.gan)
        self._optimizers = [
            Adam([one for one in net.parameters() if one.requires_grad], 2e-4, BETAS)
            for net in (networks.generators, networks.discriminator)
        ]

    def __call__(self, batch: Batch) -> None:
        """Move the painters, then D."""
        generators, judge, train = (
            self._networks.generators,
            self._networks.discriminator,
            self._train,
        )
        assert generators.auxiliary is not None
        first, second = (
            generators.auxiliary(batch.sketches[0]),
            generators.main(batch.sketches[1]),
        )
        painting, judging = batch.photos.new_zeros(()), batch.photos.new_zeros(())
        for sketch, one in zip(batch.sketches, (first, second), strict=True):
            real, fake = judge(sketch, batch.photos), judge(sketch, one.image.detach())
            judging = judging + self._gan.discriminator(real, fake)
            fooled = judge(sketch, one.image)
            painting = painting + self._gan.generator(fooled) * train.gan_weight
            painting = painting + feature_matching(real, fooled) * train.dfm_weight
            painting = painting + F.l1_loss(one.image, batch.photos) * train.l1_weight
            seen = self._networks.vgg.features(batch.photos)
            painting = (
                painting
                + maps_distance(seen, self._networks.vgg.maps(one.image)) * train.vgg_weight
            )
        maps = (each.features[train.gfm_layers] for each in (second, first))
        painting = painting + generator_feature_matching(*maps) * train.gfm_weight
        for optimizer, loss in zip(self._optimizers, (painting, judging), strict=True):
            optimizer.zero_grad()
            loss.backward(retain_graph=loss is painting)  # type: ignore[no-untyped-call]
            optimizer.step()
