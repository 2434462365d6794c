"""Holistically-nested edge detection (Xie and Tu, ICCV 2015): a torch port of MIT weights."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import cv2
import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from facepencil.images import Image, resize

DEPTHS = (2, 2, 3, 3, 3)
WIDTHS = (64, 128, 256, 512, 512)
MEAN_BGR = (104.00699, 116.66877, 122.67892)


class Hed(nn.Module):
    """VGG16's five blocks, an edge map from each, and their fusion (HED, section 3).

    Maps RGB (N, 3, H, W) in 0..255 to edge probability (N, 1, H, W) in 0..1.
    """

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        inputs = (3, *WIDTHS[:-1])
        self.blocks = nn.ModuleList(map(_block, inputs, WIDTHS, DEPTHS))
        self.sides = nn.ModuleList(nn.Conv2d(width, 1, 1) for width in WIDTHS)
        self.fuse = nn.Conv2d(len(WIDTHS), 1, 1)
        self.register_buffer("mean", torch.tensor(MEAN_BGR[::-1]).view(1, 3, 1, 1))

    def forward(self, rgb: Tensor) -> Tensor:
        """Fused edge probability, same height and width as `rgb`."""
        features = (rgb - self.mean).to(self.fuse.weight.dtype)
        maps = []
        for level, (block, side) in enumerate(zip(self.blocks, self.sides, strict=True)):
            if level:
                features = functional.max_pool2d(features, 2, ceil_mode=True)
            features = block(features)
            maps.append(_grow(side(features), rgb.shape[-2:]))
        return torch.sigmoid(self.fuse(torch.cat(maps, 1)).float())


def load_hed(path: Path) -> Hed:
    """Network in evaluation mode with the weights of a Keras HDF5 file.

    Raises:
        ValueError: the file is not HDF5, or lacks a layer or has another shape of it.
    """
    network = Hed()
    try:
        with h5py.File(path) as file:
            for key, module in _layers(network):
                _fill(module, file, key)
    except (OSError, KeyError, RuntimeError) as error:
        raise ValueError(f"{path}: expected the HDF5 weights of HED: {error}") from error
    return network.eval().requires_grad_(False)


def fastest_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 on a CPU that multiplies it natively, in half the time; float32 elsewhere.

    Emulated, bfloat16 takes three to five times as long as float32.
    """
    able = torch.cpu.get_capabilities()
    native = device.type == "cpu" and (able.get("avx512_bf16") or able.get("amx_bf16"))
    return torch.bfloat16 if native else torch.float32


def find_edges(
    network: Hed, photos: Sequence[Image], seen_px: int, batch: int
) -> list[NDArray[np.float32]]:
    """Edge probability (S, S), 0..1, of each of some square RGB photos (S, S, 3).

    A photo's map does not depend on which others are there: float32 convolutions round
    differently for another batch size, so a last batch that is not full is filled up.

    Args:
        network: from `load_hed`, on any device and of any float type.
        photos: of any sizes.
        seen_px: side at which the network sees them; each map is brought back to S.
        batch: photos a forward pass.
    """
    maps: list[NDArray[np.float32]] = []
    for start in range(0, len(photos), batch):
        seen = np.zeros((batch, seen_px, seen_px, 3), np.uint8)
        for place, photo in enumerate(photos[start : start + batch]):
            seen[place] = resize(photo, seen_px)
        maps += list(_forward(network, seen))
    return [
        np.asarray(cv2.resize(soft, photo.shape[1::-1]), np.float32)
        for soft, photo in zip(maps, photos, strict=False)
    ]


def _forward(network: Hed, seen: NDArray[np.uint8]) -> NDArray[np.float32]:
    # Channels stay last in memory, as they come: the convolutions are fastest so.
    rgb = torch.from_numpy(seen).permute(0, 3, 1, 2).to(network.mean.device, torch.float32)
    with torch.inference_mode():
        return np.asarray(network(rgb)[:, 0].cpu(), np.float32)


def _block(inputs: int, width: int, depth: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for index in range(depth):
        layers += [nn.Conv2d(width if index else inputs, width, 3, padding=1), nn.ReLU(True)]
    return nn.Sequential(*layers)


def _grow(side: Tensor, size: torch.Size) -> Tensor:
    return functional.interpolate(side, size=size, mode="bilinear", align_corners=False)


def _layers(network: Hed) -> list[tuple[str, nn.Conv2d]]:
    named = [("fuse", network.fuse)]
    for level, (block, side) in enumerate(zip(network.blocks, network.sides, strict=True), 1):
        named.append((f"dsn{level}", cast(nn.Conv2d, side)))
        for index, module in enumerate(list(cast(nn.Sequential, block))[::2]):
            suffix = f"_{index}" if index else ""
            named.append((f"block{level}/layers/conv2d{suffix}", cast(nn.Conv2d, module)))
    return named


def _fill(module: nn.Conv2d, file: h5py.File, key: str) -> None:
    kernel, bias = (np.asarray(file[f"{key}/vars/{index}"]) for index in (0, 1))
    kernel_oihw = torch.from_numpy(kernel).permute(3, 2, 0, 1)
    module.load_state_dict({"weight": kernel_oihw, "bias": torch.from_numpy(bias)})
    if key == "block1/layers/conv2d":
        # The weights were trained on BGR; reversing the first kernel takes RGB instead.
        module.weight.data = module.weight.data.flip(1)
