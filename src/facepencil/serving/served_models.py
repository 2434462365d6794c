"""The models that the server paints with."""

import hashlib
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from facepencil.colours import hex_colour
from facepencil.images import Image
from facepencil.networks.generator import Generator
from facepencil.networks.painter import Painter, load_painter
from facepencil.networks.sap import SpatialAttentionPooling
from facepencil.serving.bodies import ModelEntry, ModelOptions, Palette
from facepencil.tensors import photo_pixels

SMALL = Path(__file__).with_name("small_model") / "painter.safetensors"
"""The generator that comes with the package, in half precision."""


PaintSketches = Callable[[NDArray[np.float32], Tensor | None], Tensor]
"""Faces (N, 3, S, S) in [-1, 1] of sketches (N, S, S), and what is told (N, T) or None."""


@dataclass
class ServedModel:
    """A painter and what the API says of it."""

    entry: ModelEntry
    painter: Painter
    path: Path
    """The file that `painter` was read from."""
    quick: PaintSketches | None = None
    """Paints in the place of torch, once there is one."""

    def paint(self, sketches: NDArray[np.float32], told: Tensor | None = None) -> Image:
        """Faces (N, S, S, 3) uint8 of sketches (N, S, S) in [0, 1], stroke 1.

        `told` (N, T) is what `tell_wishes` gives for each: None for a model that is told nothing.
        """
        return photo_pixels((self.quick or self.by_torch)(sketches, told))

    @torch.inference_mode()
    def by_torch(self, sketches: NDArray[np.float32], told: Tensor | None = None) -> Tensor:
        """As `paint`, by torch, to (N, 3, S, S) in [-1, 1]."""
        image: Tensor = self.painter.net(torch.from_numpy(sketches)[:, None], told).image
        return image

    @torch.inference_mode()
    def widths(self, sketch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Effective stroke width (S, S), px; see `SpatialAttentionPooling.effective_width`.

        Raises:
            ValueError: the model has no attention.
        """
        pooling = pooling_of(self.painter)
        if pooling is None:
            raise ValueError(f"{self.entry.name}: a model without attention")
        found = pooling.effective_width(torch.from_numpy(sketch)[None, None])[0]
        return np.asarray(found, np.float32)


def load_model(path: Path, name: str) -> ServedModel:
    """Read a painter, to be served under `name`.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file is not a painter; the message names it.
    """
    painter = load_painter(path)
    entry = ModelEntry(
        name=name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        size_px=painter.model.size,
        source="the package" if path == SMALL else path.as_posix(),
        options=ModelOptions(
            refine=False,
            level=painter.model.level_told,
            palette=painter.palette is not None,
            attention=pooling_of(painter) is not None,
        ),
        usual=_usual(painter),
    )
    return ServedModel(entry, painter, path)


def _usual(painter: Painter) -> Palette | None:
    if painter.palette is None:
        return None
    hair, skin, ground = map(hex_colour, painter.palette)
    return Palette(hair=hair, skin=skin, ground=ground)


def pooling_of(painter: Painter) -> SpatialAttentionPooling | None:
    """The pooling whose attention can be shown, if any."""
    net = painter.net
    pooling = net.pooling if isinstance(net, Generator) else None
    return pooling if pooling and pooling.attention else None


def newest_first(folder: Path) -> list[Path]:
    """Models of the pipeline below `folder`, one a variant, the last written first."""
    found = folder.glob("*/0.safetensors")
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def load_models(paths: Iterable[Path]) -> dict[str, ServedModel]:
    """The models at `paths`, by name: that of the folder, as in models/ours/0.safetensors.

    The model of the package comes last, as `small`. The first is painted with unless a request
    names another.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a file is not a painter; the message names it.
    """
    models: dict[str, ServedModel] = {}
    for path, name in [*((one, _name(one)) for one in paths), (SMALL, "small")]:
        free = _free(name, models)
        models[free] = load_model(path, free)
    return models


def _free(name: str, taken: Container[str]) -> str:
    """The name, with the least number from 2 behind it that makes it no other's."""
    numbered = (f"{name} {number}" for number in count(2))
    return next(one for one in chain([name], numbered) if one not in taken)


def _name(path: Path) -> str:
    path = path.resolve()
    return path.parent.name if path.stem.isdigit() else path.stem
