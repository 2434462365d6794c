"""Shards of real faces, small, with strokes from their edges."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from facepencil.config.model import ModelParams
from facepencil.device import prepare_device
from facepencil.images import encode_png
from facepencil.networks.classifier import DeformationClassifier
from facepencil.networks.discriminator import MultiScaleDiscriminator
from facepencil.networks.generator import build_generators
from facepencil.pretrained.vgg import VggDistance
from facepencil.store import write_shard
from facepencil.strokes.strokes import Strokes, write_strokes
from facepencil.strokes.vectorize import vectorize
from facepencil.training.step import Networks

FACE_PX = 64
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
}
ShardMaker = Callable[[Path, int], tuple[list[Path], list[Path]]]


def edges(face: np.ndarray) -> Strokes:
    grey = cv2.GaussianBlur(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), (0, 0), 1)
    return vectorize(255 - cv2.Canny(grey, 60, 120), tolerance_px=1.5, min_length_px=3)


@pytest.fixture(scope="session")
def some_faces(celeba_photos: dict[str, bytes]) -> dict[str, np.ndarray]:
    """24 faces (64, 64, 3) by id."""
    faces = {}
    for name, data in celeba_photos.items():
        photo = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
        faces[name] = cv2.resize(photo[30:200, 4:174], (FACE_PX, FACE_PX))
    return faces


@pytest.fixture(scope="session")
def make_shards(some_faces: dict[str, np.ndarray]) -> ShardMaker:
    """Writes the faces as so many shards below a folder; returns faces' and strokes' paths."""
    drawn = {name: edges(face) for name, face in some_faces.items()}

    def make(folder: Path, count: int) -> tuple[list[Path], list[Path]]:
        faces, strokes = [], []
        for shard in range(count):
            names = sorted(some_faces)[shard::count]
            entries = [{"id": name, "photo": name} for name in names]
            faces.append(folder / f"data/faces/{shard}.zip")
            strokes.append(folder / f"data/strokes/{shard}.npz")
            members = [(f"{name}.png", encode_png(some_faces[name])) for name in names]
            write_shard(faces[-1], members, {"size": FACE_PX, "faces": entries})
            strokes[-1].parent.mkdir(parents=True, exist_ok=True)
            write_strokes(strokes[-1], {name: drawn[name] for name in names})
        return faces, strokes

    return make


@pytest.fixture(scope="session")
def build(weights: Callable[[str], Path]) -> Callable[..., Networks]:
    """Small networks, the same every time; keywords override the model's params."""
    perceptual = VggDistance(weights("vgg16_lpips.ckpt"))

    def make(**model: Any) -> Networks:
        prepare_device(1)
        params = ModelParams(**{**SMALL, **model})
        torch.manual_seed(0)
        generators = build_generators(params, DeformationClassifier(4))
        return Networks(generators, MultiScaleDiscriminator(params), perceptual)

    return make
