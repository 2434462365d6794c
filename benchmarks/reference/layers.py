"""Layers of ours in torch's own, with the same weights."""

from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from facepencil.networks.blocks import InstanceNorm, NearestUpConv, ToImage

Forms = Mapping[type[nn.Module], Callable[[Any], nn.Module]]
"""What each kind of layer is replaced by."""

TORCH: Forms = {
    InstanceNorm: lambda layer: nn.InstanceNorm2d(0, eps=layer.eps),
    NearestUpConv: lambda layer: nn.Sequential(nn.Upsample(scale_factor=2), layer.conv),
    ToImage: lambda layer: nn.Sequential(nn.ReflectionPad2d(3), layer.conv, nn.Tanh()),
}


def plain(layer: nn.Module, forms: Forms = TORCH) -> nn.Module:
    """What a layer is in other forms; one that has none keeps its own, and its parts get theirs."""
    for kind, form in forms.items():
        if isinstance(layer, kind):
            return form(layer)
    return plain_parts(layer, forms)


def plain_parts(layer: nn.Module, forms: Forms) -> nn.Module:
    """The layer itself, its parts in other forms."""
    for name, child in layer.named_children():
        setattr(layer, name, plain(child, forms))
    return layer
