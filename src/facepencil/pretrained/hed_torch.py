"""HED in torch, in bfloat16 or on CUDA where there is either: faster, and not portable."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from facepencil.device import has_bfloat16, own_device
from facepencil.images import Image, resize
from facepencil.pretrained.hed import (
    DEPTHS,
    MEAN_BGR,
    WIDTHS,
    EdgeMap,
    Layers,
    at_size,
    read_layers,
)


class FastHed:
    """As `Hed`, with whatever this machine has; float results differ from machine to machine."""

    def __init__(self, path: Path, seen_px: int, batch: int, threads: int) -> None:
        """Load the weights, to look at `batch` photos at a time, at `seen_px`.

        Raises:
            ValueError: `path` does not hold the weights.
        """
        torch.set_num_threads(threads)
        # All that a forward pass needs: torch's full switch loads its compiler, 1.6 s a shard.
        torch.backends.cudnn.deterministic = True
        self._seen_px, self._batch = seen_px, batch
        self._device = own_device()
        network = load_network(path).to(self._device, _fastest_dtype(self._device))
        self._network = network.to(memory_format=torch.channels_last)

    def __call__(self, photos: Sequence[Image]) -> list[EdgeMap]:
        """Maps (S, S) of square RGB photos (S, S, 3), of any sizes.

        A photo's map does not depend on which others are there: convolutions round differently
        for another batch size, so a last batch that is not full is filled up.
        """
        maps: list[EdgeMap] = []
        for start in range(0, len(photos), self._batch):
            seen = np.zeros((self._batch, self._seen_px, self._seen_px, 3), np.uint8)
            for place, photo in enumerate(photos[start : start + self._batch]):
                seen[place] = resize(photo, self._seen_px)
            maps += list(self._forward(seen))
        return [at_size(soft, len(photo)) for soft, photo in zip(maps, photos, strict=False)]

    def _forward(self, seen: NDArray[np.uint8]) -> NDArray[np.float32]:
        # Channels stay last in memory, as they come: the convolutions are fastest so.
        bgr = torch.from_numpy(seen).permute(0, 3, 1, 2).flip(1).to(self._device, torch.float32)
        with torch.inference_mode():
            return np.asarray(self._network(bgr)[:, 0].cpu(), np.float32)


class Network(nn.Module):
    """Maps BGR (N, 3, H, W) in 0..255 to edge probability (N, 1, H, W) in 0..1."""

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        inputs = (3, *WIDTHS[:-1])
        self.blocks = nn.ModuleList(map(_block, inputs, WIDTHS, DEPTHS))
        self.sides = nn.ModuleList(nn.Conv2d(width, 1, 1) for width in WIDTHS)
        self.fuse = nn.Conv2d(len(WIDTHS), 1, 1)
        self.register_buffer("mean", torch.tensor(MEAN_BGR).view(1, 3, 1, 1))

    def forward(self, bgr: Tensor) -> Tensor:
        """Fused edge probability, same height and width as `bgr`."""
        features = (bgr - self.mean).to(self.fuse.weight.dtype)
        maps = []
        for level, (block, side) in enumerate(zip(self.blocks, self.sides, strict=True)):
            if level:
                features = functional.max_pool2d(features, 2, ceil_mode=True)
            features = block(features)
            maps.append(_grow(side(features), bgr.shape[-2:]))
        return torch.sigmoid(self.fuse(torch.cat(maps, 1)).float())


def load_network(path: Path) -> Network:
    """Network in evaluation mode, float32, with the weights of a Keras HDF5 file.

    Raises:
        ValueError: `path` does not hold the weights.
    """
    network = Network()
    layers = read_layers(path)
    for level, (block, side) in enumerate(zip(network.blocks, network.sides, strict=True), 1):
        _fill(side, layers, f"side{level}")
        for index, conv in enumerate(list(block.children())[::2], 1):
            _fill(conv, layers, f"conv{level}_{index}")
    _fill(network.fuse, layers, "fuse")
    return network.eval().requires_grad_(False)


def _fastest_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 on a CPU that multiplies it natively, in half the time; float32 elsewhere.

    Emulated, bfloat16 takes three to five times as long as float32.
    """
    native = device.type == "cpu" and has_bfloat16(device)
    return torch.bfloat16 if native else torch.float32


def _block(inputs: int, width: int, depth: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for index in range(depth):
        layers += [nn.Conv2d(width if index else inputs, width, 3, padding=1), nn.ReLU(True)]
    return nn.Sequential(*layers)


def _grow(side: Tensor, size: torch.Size) -> Tensor:
    return functional.interpolate(side, size=size, mode="bilinear", align_corners=False)


def _fill(module: nn.Module, layers: Layers, name: str) -> None:
    kernel, bias = map(torch.from_numpy, layers[name])
    module.load_state_dict({"weight": kernel, "bias": bias})
