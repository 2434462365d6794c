from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from skimage import data
from torch.nn import functional

from facepencil.images import resize
from facepencil.pretrained import hed_torch
from facepencil.pretrained.hed import Hed, read_layers
from facepencil.pretrained.hed_torch import FastHed

Weights = Callable[[str], Path]
SEEN_PX = 192
LEVELS = (2, 2, 3, 3, 3)


@pytest.fixture(scope="module")
def hed(weights: Weights) -> Hed:
    return Hed(weights("hed.h5"), SEEN_PX)


@pytest.fixture(scope="module")
def faces() -> list[np.ndarray]:
    astronaut = resize(data.astronaut()[:256, 96:352], 96)
    turns = [np.ascontiguousarray(np.rot90(astronaut, turn)) for turn in range(4)]
    return [*turns, *(turn[:, ::-1].copy() for turn in turns)]


def reference(path: Path, rgb: np.ndarray) -> np.ndarray:
    """The network as its authors run it: BGR, straight from the file, side by side."""
    with h5py.File(path) as file:

        def conv(x: torch.Tensor, key: str, padding: int) -> torch.Tensor:
            kernel = torch.tensor(np.array(file[f"{key}/vars/0"])).permute(3, 2, 0, 1)
            bias = torch.tensor(np.array(file[f"{key}/vars/1"]))
            return functional.conv2d(x, kernel, bias, padding=padding)

        bgr = rgb[..., ::-1].astype(np.float32) - np.float32([104.00699, 116.66877, 122.67892])
        x, sides = torch.tensor(bgr).permute(2, 0, 1)[None], []
        for level, depth in enumerate(LEVELS, 1):
            for index in range(depth):
                name = "conv2d" if index == 0 else f"conv2d_{index}"
                x = conv(x, f"block{level}/layers/{name}", 1).clamp(min=0)
            side = conv(x, f"dsn{level}", 0)
            sides.append(functional.interpolate(side, rgb.shape[:2], mode="bilinear"))
            x = functional.max_pool2d(x, 2, 2, ceil_mode=True)
        return torch.sigmoid(conv(torch.cat(sides, 1), "fuse", 0))[0, 0].numpy()


@pytest.mark.parametrize("seen_px", [96, 75])
def test_equals_the_network_run_from_the_file(
    weights: Weights, faces: list[np.ndarray], seen_px: int
) -> None:
    face = resize(faces[0], seen_px)
    (found,) = Hed(weights("hed.h5"), seen_px)([face])
    np.testing.assert_allclose(found, reference(weights("hed.h5"), face), atol=0.5 / 255 + 2e-5)


def test_maps_are_whole_numbers_of_255ths(hed: Hed, faces: list[np.ndarray]) -> None:
    levels = hed([resize(faces[0], SEEN_PX)])[0] * 255
    np.testing.assert_allclose(levels, np.rint(levels), atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_fast_map_is_the_same_bits_in_any_batch(
    weights: Weights, faces: list[np.ndarray], dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hed_torch, "_fastest_dtype", lambda device: dtype)
    find = FastHed(weights("hed.h5"), 64, 4, 1)
    together = find(faces)
    backwards = find(faces[::-1])[::-1]
    alone = [find([face])[0] for face in faces]
    np.testing.assert_array_equal(backwards, together)
    np.testing.assert_array_equal(alone, together)


@pytest.mark.parametrize(("dtype", "far"), [(torch.float32, 1.01 / 255), (torch.bfloat16, 0.05)])
def test_fast_stays_close_to_portable(
    weights: Weights,
    faces: list[np.ndarray],
    dtype: torch.dtype,
    far: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hed_torch, "_fastest_dtype", lambda device: dtype)
    (exact,) = Hed(weights("hed.h5"), 96)(faces[:1])
    (fast,) = FastHed(weights("hed.h5"), 96, 1, 1)(faces[:1])
    assert np.abs(exact - fast).max() < far


def test_outline_of_the_head_is_an_edge_and_plain_ground_is_not(hed: Hed) -> None:
    photo = data.astronaut()[:256, 96:352]
    soft = hed([photo])[0]
    assert soft.shape == (256, 256)
    assert soft[60:120, 52:66].max(1).mean() > 0.5, "left edge of the hair"
    assert soft[20:100, 10:30].max() < 0.25, "ground beside the head"


@pytest.mark.parametrize("spoil", ["text", "layer"])
def test_wrong_file_is_named(weights: Weights, tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "wrong.h5"
    if spoil == "text":
        path.write_text("not HDF5")
    else:
        with h5py.File(weights("hed.h5")) as good, h5py.File(path, "w") as bad:
            good.copy("fuse", bad)
    with pytest.raises(ValueError, match=r"wrong\.h5: expected the HDF5 weights of HED"):
        read_layers(path)
