"""How near painted faces come to the photos: a number a photo, and distances of whole sets."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor

from facepencil.config import ModelParams
from facepencil.evaluation.features import load_features
from facepencil.evaluation.perceptual import load_lpips
from facepencil.evaluation.testset import TestSet
from facepencil.images import Image
from facepencil.models.painter import MODEL_KEY, load_painter
from facepencil.progress import track
from facepencil.training.data import photo_tensor


class Judge:
    """A painter and the metric networks; `size` is the side of its faces, px."""

    def __init__(self, painter: Path, lpips: Path, features: Path, device: torch.device) -> None:
        """Read all networks and put them on `device`.

        Args:
            painter: a model, see `facepencil.models.painter.load_painter`.
            lpips: weights of LPIPS-Alex.
            features: weights of EfficientNet-Lite0.
            device: where everything runs.

        Raises:
            FileNotFoundError: there is no such model.
            ValueError: `painter` is no model, or `lpips` are other weights.
        """
        self._painter = load_painter(painter).to(device)
        self.size = _size_of(painter)
        self._lpips = load_lpips(lpips).to(device)
        self._features = load_features(features).to(device)
        self._device = device

    @torch.inference_mode()
    def paint(self, tests: TestSet, level: float, ids: Sequence[str]) -> Image:
        """Faces (N, size, size, 3) painted from sketches, in the 8 bits that a file keeps."""
        sketches = tests.sketches(level, ids, self.size).to(self._device)
        images = self._painter(sketches).image.float()
        pixels = images.add(1).mul(127.5).round().clamp(0, 255).byte()
        return np.asarray(pixels.permute(0, 2, 3, 1).cpu(), np.uint8)

    @torch.inference_mode()
    def of_photos(self, tests: TestSet, batch: int) -> Tensor:
        """Features (N, 1280) of the photos themselves."""
        return torch.cat(
            [
                self._features(self._photos(tests, ids)).cpu()
                for ids in _batches(tests.ids, batch, "photos")
            ]
        )

    @torch.inference_mode()
    def of_level(self, tests: TestSet, level: float, batch: int) -> tuple[Tensor, Tensor, Tensor]:
        """Paint the sketches of one level and compare: LPIPS (N,), L1 (N,), features (N, 1280)."""
        rows = []
        for ids in _batches(tests.ids, batch, f"d = {level:g}"):
            painted = photo_tensor(self.paint(tests, level, ids)).to(self._device)
            photos = self._photos(tests, ids)
            apart = (painted - photos).abs().mean(dim=(1, 2, 3)) / 2
            rows.append((self._lpips(painted, photos), apart, self._features(painted)))
        lpips, l1, features = (torch.cat(column).cpu() for column in zip(*rows, strict=True))
        return lpips, l1, features

    def _photos(self, tests: TestSet, ids: Sequence[str]) -> Tensor:
        return photo_tensor(tests.photos(ids, self.size)).to(self._device)


def _size_of(painter: Path) -> int:
    with safe_open(painter, "pt") as file:
        return ModelParams.model_validate_json(file.metadata()[MODEL_KEY]).size


def _batches(ids: Sequence[str], batch: int, label: str) -> Iterator[Sequence[str]]:
    starts = range(0, len(ids), batch)
    for start in track(starts, label, len(starts), "batch"):
        yield ids[start : start + batch]
