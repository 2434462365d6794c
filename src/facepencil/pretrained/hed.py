"""Holistically-nested edge detection (Xie and Tu, ICCV 2015), MIT weights, run by OpenCV.

OpenCV's convolutions are Winograd's: at AVX2 they take half the time of torch's.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import h5py
import numpy as np
from numpy.typing import NDArray

from facepencil.images import Image, resize
from facepencil.pretrained.onnx_file import model, node
from facepencil.store import naming

DEPTHS = (2, 2, 3, 3, 3)
"""Convolutions in each block; all but the first block begin with max-pooling."""
WIDTHS = (64, 128, 256, 512, 512)
MEAN_BGR = (104.00699, 116.66877, 122.67892)

Layer = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Kernel (out, in, h, w) and bias (out,)."""
Layers = dict[str, Layer]
"""By name: `conv1_1` to `conv5_3`, `side1` to `side5`, `fuse`; they take BGR."""
EdgeMap = NDArray[np.float32]
"""(S, S), probability of an edge, 0..1, a whole number of 255ths before it is resized."""


class Hed:
    """VGG16's five blocks, an edge map from each, and their fusion (HED, section 3)."""

    def __init__(self, path: Path, seen_px: int) -> None:
        """Load the weights, to look at photos at `seen_px`.

        Raises:
            ValueError: `path` does not hold the weights.
        """
        self._seen_px = seen_px
        with TemporaryDirectory() as folder:
            # The classic engine alone knows Winograd's convolutions, and OpenCV 5.0 takes it for
            # files only, not for networks in memory.
            file = Path(folder) / "hed.onnx"
            with naming(file, file):
                file.write_bytes(_onnx(read_layers(path), seen_px))
            self._net = cv2.dnn.readNetFromONNX(str(file), cv2.dnn.ENGINE_CLASSIC)

    def __call__(self, photos: Sequence[Image]) -> list[EdgeMap]:
        """Maps (S, S) of square RGB photos (S, S, 3), of any sizes."""
        return [self._map(photo) for photo in photos]

    def _map(self, photo: Image) -> EdgeMap:
        seen = resize(photo, self._seen_px)
        self._net.setInput(cv2.dnn.blobFromImage(seen, mean=MEAN_BGR, swapRB=True))
        return at_size(np.asarray(self._net.forward()[0, 0], np.float32), len(photo))


def at_size(soft: EdgeMap, size: int) -> EdgeMap:
    """Round a map to 8 bits, so that whatever decides on it sees the same, and resize it."""
    rounded = np.rint(soft * 255) / np.float32(255)
    return np.asarray(cv2.resize(rounded, (size, size)), np.float32)


def read_layers(path: Path) -> Layers:
    """The layers of a Keras HDF5 file.

    Raises:
        ValueError: the file is not HDF5, or lacks a layer or has another shape of it.
    """
    try:
        with h5py.File(path) as file:
            return {name: _read(file, key, shape) for name, key, shape in _wanted()}
    except (OSError, KeyError, ValueError) as error:
        raise ValueError(f"{path}: expected the HDF5 weights of HED: {error}") from error


def _wanted() -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Each layer's name, its key in the file and the shape of its kernel."""
    inputs = 3
    for level, (width, depth) in enumerate(zip(WIDTHS, DEPTHS, strict=True), 1):
        for index in range(depth):
            suffix = f"_{index}" if index else ""
            key = f"block{level}/layers/conv2d{suffix}"
            yield f"conv{level}_{index + 1}", key, (width, inputs, 3, 3)
            inputs = width
        yield f"side{level}", f"dsn{level}", (1, width, 1, 1)
    yield "fuse", "fuse", (1, len(WIDTHS), 1, 1)


def _read(file: h5py.File, key: str, shape: tuple[int, ...]) -> Layer:
    kernel, bias = (np.asarray(file[f"{key}/vars/{index}"], np.float32) for index in (0, 1))
    kernel = np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))
    if kernel.shape != shape or bias.shape != shape[:1]:
        raise ValueError(f"{key}: expected a kernel of {shape}, got {kernel.shape}")
    return kernel, bias


def _onnx(layers: Layers, seen_px: int) -> bytes:
    """The network as an ONNX file that takes BGR (1, 3, seen_px, seen_px) less its mean."""
    nodes, top = [], "photo"
    for level, depth in enumerate(DEPTHS, 1):
        if level > 1:
            nodes.append(_halve(top, f"pool{level}"))
            top = f"pool{level}"
        for index in range(1, depth + 1):
            name = f"conv{level}_{index}"
            nodes += [_conv(top, name, 1), node("Relu", [name], f"{name}/relu")]
            top = f"{name}/relu"
        nodes += [_conv(top, f"side{level}", 0), _grow(f"side{level}")]
    maps = [f"side{level}/grown" for level in range(1, len(DEPTHS) + 1)]
    nodes += [node("Concat", maps, "maps", axis=1), _conv("maps", "fuse", 0)]
    nodes.append(node("Sigmoid", ["fuse"], "edges"))
    weights = {
        f"{name}/{part}": one for name, both in layers.items() for part, one in enumerate(both)
    }
    sizes = {"roi": np.zeros(0, np.float32), "sizes": np.array([1, 1, seen_px, seen_px])}
    return model(
        nodes,
        weights | sizes,
        ("photo", (1, 3, seen_px, seen_px)),
        ("edges", (1, 1, seen_px, seen_px)),
    )


def _conv(source: str, name: str, pad: int) -> bytes:
    return node("Conv", [source, f"{name}/0", f"{name}/1"], name, pads=[pad] * 4)


def _halve(source: str, name: str) -> bytes:
    sides = (2, 2)
    return node("MaxPool", [source], name, kernel_shape=sides, strides=sides, ceil_mode=1)


def _grow(side: str) -> bytes:
    return node(
        "Resize",
        [side, "roi", "roi", "sizes"],
        f"{side}/grown",
        mode="linear",
        coordinate_transformation_mode="half_pixel",
    )
