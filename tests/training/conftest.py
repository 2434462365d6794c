"""Small networks to train, on real faces."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from facepencil.config.model import ModelParams
from facepencil.device import prepare_device
from facepencil.networks.classifier import DeformationClassifier
from facepencil.networks.discriminator import MultiScaleDiscriminator
from facepencil.networks.generator import build_generators
from facepencil.pretrained.vgg import VggFeatures
from facepencil.training.step import Networks

SMALL: dict[str, Any] = {
    "size": 32,
    "channels": 8,
    "downs": 2,
    "blocks": 2,
    "sap_widths": [1, 3],
    "sap_channels": 2,
    "sap_kernel": 3,
    "discriminator_channels": 8,
    "discriminator_layers": 2,
    "discriminator_scales": 2,
    "discriminator_heads": 0,
}


@pytest.fixture(scope="session")
def build(weights: Callable[[str], Path]) -> Callable[..., Networks]:
    """Small networks, the same every time; keywords override the model's params."""
    perceptual = VggFeatures(weights("vgg16_lpips.ckpt"))

    def make(**model: Any) -> Networks:
        prepare_device(1, "float32")
        params = ModelParams(**{**SMALL, **model})
        torch.manual_seed(0)
        generators = build_generators(params, DeformationClassifier(4))
        return Networks(generators, MultiScaleDiscriminator(params), perceptual)

    return make
