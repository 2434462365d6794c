"""How near painted faces come to the photos: a number a photo, and distances of whole sets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor, nn

from facepencil.config import ModelParams
from facepencil.evaluation.record import L1, LPIPS
from facepencil.evaluation.testset import TestSet
from facepencil.images import Image
from facepencil.models.painter import MODEL_KEY, load_painter
from facepencil.progress import track
from facepencil.training.data import photo_tensor


@dataclass(frozen=True)
class Metrics:
    """The metric networks.

    Attributes:
        lpips: LPIPS-Alex.
        features: networks of features for Frechet distances, by the metric's name.
    """

    lpips: nn.Module
    features: Mapping[str, nn.Module]

    def describe(self, images: Tensor) -> dict[str, Tensor]:
        """Features (N, D) of images (N, 3, H, W) in [-1, 1], by metric, on the CPU."""
        return {name: network(images).cpu() for name, network in self.features.items()}


@dataclass(frozen=True)
class Compared:
    """What a painter made of the sketches of one level.

    Attributes:
        lpips: (N,) LPIPS-Alex to the photo.
        l1: (N,) mean absolute difference to the photo, pixels in [0, 1].
        features: (N, D) of the painted faces, by metric.
    """

    lpips: Tensor
    l1: Tensor
    features: Mapping[str, Tensor]


class Judge:
    """A painter and the metric networks on a `device`; `size` is the side of its faces, px."""

    def __init__(self, painter: Path, metrics: Metrics, device: torch.device) -> None:
        """Read the painter of `facepencil.models.painter` and put all networks on `device`.

        Raises:
            FileNotFoundError: there is no such model.
            ValueError: `painter` is no model.
        """
        self._painter = load_painter(painter).to(device)
        self.size = _size_of(painter)
        networks = {name: network.to(device) for name, network in metrics.features.items()}
        self._metrics = Metrics(metrics.lpips.to(device), networks)
        self.device = device

    @torch.inference_mode()
    def paint(self, tests: TestSet, level: float, ids: Sequence[str]) -> Image:
        """Faces (N, size, size, 3) painted from sketches, in the 8 bits that a file keeps."""
        sketches = tests.sketches(level, ids, self.size).to(self.device)
        images = self._painter(sketches).image.float()
        pixels = images.add(1).mul(127.5).round().clamp(0, 255).byte()
        return np.asarray(pixels.permute(0, 2, 3, 1).cpu(), np.uint8)

    @torch.inference_mode()
    def of_photos(self, tests: TestSet, batch: int) -> dict[str, Tensor]:
        """Features (N, D) of the photos themselves, by metric."""
        return _joined(
            self._metrics.describe(self._photos(tests, ids))
            for ids in _batches(tests.ids, batch, "photos")
        )

    @torch.inference_mode()
    def of_level(self, tests: TestSet, level: float, batch: int) -> Compared:
        """Paint the sketches of one level, and compare with the photos."""
        rows = []
        for ids in _batches(tests.ids, batch, f"d = {level:g}"):
            painted = photo_tensor(self.paint(tests, level, ids)).to(self.device)
            photos = self._photos(tests, ids)
            apart = (painted - photos).abs().mean(dim=(1, 2, 3)) / 2
            own = {LPIPS: self._metrics.lpips(painted, photos).cpu(), L1: apart.cpu()}
            rows.append(own | self._metrics.describe(painted))
        found = _joined(rows)
        return Compared(found.pop(LPIPS), found.pop(L1), found)

    def _photos(self, tests: TestSet, ids: Sequence[str]) -> Tensor:
        return photo_tensor(tests.photos(ids, self.size)).to(self.device)


def _joined(batches: Iterable[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Batches of named tensors, one after another along the first axis."""
    parts = list(batches)
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def _size_of(painter: Path) -> int:
    with safe_open(painter, "pt") as file:
        return ModelParams.model_validate_json(file.metadata()[MODEL_KEY]).size


def _batches(ids: Sequence[str], batch: int, label: str) -> Iterator[Sequence[str]]:
    starts = range(0, len(ids), batch)
    for start in track(starts, label, len(starts), "batch"):
        yield ids[start : start + batch]
