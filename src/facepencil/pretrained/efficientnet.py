"""ImageNet features of EfficientNet-Lite0, behind FD-EffLite0 and KID-EffLite0."""

from pathlib import Path

import torch
from timm.models.efficientnet import EfficientNet, tf_efficientnet_lite0
from torch import Tensor, nn
from torch.nn import functional as F

_SIDE_PX = 224


class EfficientNetLite0(nn.Module):
    """EfficientNet-B0 with ReLU6 and without squeeze-and-excitation, trained on ImageNet."""

    def __init__(self) -> None:
        """Random weights; `load_efficientnet` reads the trained ones."""
        super().__init__()
        self.network: EfficientNet = tf_efficientnet_lite0(pretrained=False)

    def forward(self, images: Tensor) -> Tensor:
        """Features (N, 1280) of images (N, 3, H, W) in [-1, 1], brought to 224 px."""
        x = F.interpolate(images, (_SIDE_PX, _SIDE_PX), mode="bilinear", antialias=True)
        return self.network.forward_head(self.network.forward_features(x), pre_logits=True)

    def logits(self, features: Tensor) -> Tensor:
        """Scores (N, 1000) of ImageNet's classes, to check that the weights are loaded right."""
        scores: Tensor = self.network.classifier(features)
        return scores


def load_efficientnet(path: Path) -> EfficientNetLite0:
    """The trained network, for inference.

    Raises:
        ValueError: `path` is no checkpoint of EfficientNet-Lite0.
    """
    model = EfficientNetLite0()
    tensors = torch.load(path, map_location="cpu", weights_only=True)
    # The checkpoint names its layers differently, but lists them in the same order.
    names = model.network.state_dict()
    try:
        model.network.load_state_dict(dict(zip(names, tensors.values(), strict=True)))
    except (RuntimeError, ValueError) as error:
        raise ValueError(f"{path}: expected the weights of EfficientNet-Lite0: {error}") from error
    return model.eval().requires_grad_(False).to(memory_format=torch.channels_last)
