"""128 numbers that tell people apart: dlib's face recognition network (King, 2017), as a port.

The weights are those of @vladmandic/face-api: 8 bits a number, with a scale and a minimum for each
tensor. Descriptors of one person lie within a distance of 0.6, those of two people beyond it.
"""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

CHIP_PX = 150
"""Side of the picture that the network sees."""

CHIP_POINTS = np.array(
    [[47.55, 46.60], [100.48, 46.60], [74.01, 76.56], [50.41, 103.02], [97.61, 103.02]], np.float64
)
"""Eyes, nose tip and mouth corners of dlib's mean face in that picture (padding 0.25)."""

_MEAN_RGB = (122.782, 117.001, 104.298)
_NAMES = {"conv/filters": "conv.weight", "conv/bias": "conv.bias"}
_NAMES |= {"scale/weights": "scale", "scale/biases": "shift"}


class _Conv(nn.Module):
    """Convolution, then a scale and a shift for each channel: a batch norm's at inference."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        padding = kernel // 2 if stride == 1 else 0
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding)
        self.scale = nn.Parameter(torch.ones(outputs))
        self.shift = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(x) * self.scale[:, None, None] + self.shift[:, None, None]
        return out


class _Block(nn.Module):
    """Residual block; `down` halves the picture, and pools the way past."""

    def __init__(self, inputs: int, outputs: int, down: bool = False) -> None:
        super().__init__()
        self.conv1 = _Conv(inputs, outputs, stride=2 if down else 1)
        self.conv2 = _Conv(outputs, outputs)
        self.down = down

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv2(F.relu(self.conv1(x)))
        past = F.avg_pool2d(x, 2) if self.down else x
        # Where sizes or channels differ, dlib adds what there is: zeros fill the rest.
        return F.relu(_filled(out, past.shape) + _filled(past, out.shape))


def _filled(x: Tensor, shape: torch.Size) -> Tensor:
    missing = [max(0, wanted - found) for wanted, found in zip(shape, x.shape, strict=True)]
    return F.pad(x, (0, missing[3], 0, missing[2], 0, missing[1]))


class FaceIdentity(nn.Module):
    """dlib's ResNet of 29 layers."""

    def __init__(self) -> None:
        """Random weights; `load_face_identity` reads the trained ones."""
        super().__init__()
        self.conv32_down = _Conv(3, 32, 7, 2)
        self.blocks = nn.ModuleDict(
            {name: _Block(inputs, outputs, "down" in name) for name, inputs, outputs in _blocks()}
        )
        self.fc = nn.Linear(256, 128, bias=False)

    def forward(self, chips: Tensor) -> Tensor:
        """Descriptors (N, 128) of faces (N, 3, 150, 150) in [-1, 1], aligned to `CHIP_POINTS`."""
        mean = chips.new_tensor(_MEAN_RGB)[:, None, None]
        x = ((chips + 1) * 127.5 - mean) / 256
        x = F.max_pool2d(F.relu(self.conv32_down(x)), 3, 2)
        for block in self.blocks.values():
            x = block(x)
        found: Tensor = self.fc(x.mean(dim=(2, 3)))
        return found


def _blocks() -> list[tuple[str, int, int]]:
    """Name, input and output channels of each residual block, in their order."""
    found, inputs = [], 32
    for width, names in {32: "123", 64: "d123", 128: "d12", 256: "d12o"}.items():
        for one in names:
            name = {"d": "down", "o": "down_out"}.get(one, one)
            found.append((f"conv{width}_{name}", inputs, width))
            inputs = width
    return found


def load_face_identity(weights: Path, manifest: Path) -> FaceIdentity:
    """The trained network, for inference.

    Args:
        weights: the numbers, one tensor after the other.
        manifest: JSON that says which tensors they are.

    Raises:
        ValueError: the files are not those of the face recognition network; names them.
    """
    model = FaceIdentity()
    try:
        model.load_state_dict(_tensors(weights.read_bytes(), json.loads(manifest.read_text())))
    except (RuntimeError, ValueError, LookupError, TypeError) as error:
        raise ValueError(
            f"{weights}, {manifest}: expected the face recognition network: {error}"
        ) from error
    return model.eval().requires_grad_(False)


def _tensors(data: bytes, manifest: list[dict[str, Any]]) -> dict[str, Tensor]:
    found, start = {}, 0
    for entry in manifest[0]["weights"]:
        values, start = _numbers(entry, data, start)
        found[_own_name(str(entry["name"]))] = values
    if start != len(data):
        raise ValueError(f"{len(data)} bytes, where the manifest lists {start}")
    return found


def _numbers(entry: dict[str, Any], data: bytes, start: int) -> tuple[Tensor, int]:
    """One tensor, in torch's order of axes, and where the next one begins."""
    coded = entry.get("quantization")
    kind = np.dtype(np.uint8 if coded else np.float32)
    count = math.prod(entry["shape"])
    values = np.frombuffer(data, kind, count, start).astype(np.float32).reshape(entry["shape"])
    if coded:
        values = values * np.float32(coded["scale"]) + np.float32(coded["min"])
    # Filters are (height, width, inputs, outputs), matrices (inputs, outputs).
    order = {4: (3, 2, 0, 1), 2: (1, 0)}.get(values.ndim, (0,))
    return torch.from_numpy(values.transpose(order).copy()), start + count * kind.itemsize


def _own_name(theirs: str) -> str:
    """`conv32_1/conv1/scale/weights` to `blocks.conv32_1.conv1.scale`."""
    if theirs == "fc":
        return "fc.weight"
    *path, group, kind = theirs.split("/")
    return ".".join([*(["blocks"] if len(path) > 1 else []), *path, _NAMES[f"{group}/{kind}"]])
