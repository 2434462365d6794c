"""Faces by ONNX Runtime beside those by torch."""

import logging
import shutil
import time

import numpy as np
import psutil
import pytest
import torch

from facepencil.config.model import ModelParams
from facepencil.networks.generator import build_main
from facepencil.networks.painter import palette_entry, save_painter
from facepencil.networks.told import numbers_told
from facepencil.serving.onnx_network import onnx_bytes
from facepencil.serving.onnx_painter import OnnxPainter, Quickening
from facepencil.serving.served_models import SMALL, load_model

TINY = {"size": 32, "channels": 4, "downs": 2, "blocks": 1}
PALETTE = palette_entry(np.full((3, 3), 128, np.uint8))
KINDS = {
    "pooling": {"kind": "dual", "attention_features": False, "sap_channels": 2},
    "told": {"kind": "single", "sap": False, "palette": True, "level_told": True},
    "unet": {"kind": "unet", "sap": False},
}


def drawn(count, size, told):
    numbers = torch.Generator().manual_seed(0)
    sketches = (torch.rand(count, size, size, generator=numbers) > 0.9).float()
    return sketches.numpy(), torch.rand(count, told, generator=numbers) if told else None


@pytest.mark.parametrize("kind", KINDS)
def test_faces_are_those_of_torch(kind, tmp_path):
    torch.manual_seed(0)
    params = ModelParams(**{**TINY, **KINDS[kind]})
    save_painter(tmp_path / "model.safetensors", build_main(params, None), params, PALETTE)
    served = load_model(tmp_path / "model.safetensors", "one")
    sketches, told = drawn(3, params.size, numbers_told(params))
    with torch.inference_mode():
        plain = served.painter.net(torch.from_numpy(sketches)[:, None], told).image.numpy()
    painter = OnnxPainter(onnx_bytes(served.painter))
    given = None if told is None else told.numpy()
    faces = painter(sketches[:, None], given)
    assert faces.shape == plain.shape
    assert abs(faces - plain).max() < 1e-4
    assert np.array_equal(
        painter(sketches[1:2, None], None if given is None else given[1:2])[0], faces[1]
    )


@pytest.mark.slow
def test_the_small_model_is_exported_while_torch_paints(tmp_path):
    served = load_model(SMALL, "small")
    sketches, told = drawn(2, served.painter.model.size, numbers_told(served.painter.model))
    plain = served.paint(sketches, told)
    Quickening([served]).wait(120)
    assert isinstance(served.runtime, OnnxPainter)
    faces = served.paint(sketches, told)
    assert abs(faces.astype(int) - plain).max() <= 1
    with torch.inference_mode():
        exact = served.painter.net(torch.from_numpy(sketches)[:, None], told).image.numpy()
    assert abs(served.runtime(sketches[:, None], told.numpy()) - exact).max() < 1e-3


@pytest.mark.slow
def test_what_cannot_be_exported_is_painted_by_torch(tmp_path, caplog):
    shutil.copy(SMALL, tmp_path / "model.safetensors")
    served = load_model(tmp_path / "model.safetensors", "gone")
    (tmp_path / "model.safetensors").unlink()
    with caplog.at_level(logging.WARNING):
        Quickening([served]).wait(120)
    assert served.runtime is None
    assert "painted by torch" in caplog.text and "no such model" in caplog.text


@pytest.mark.slow
def test_a_server_that_ends_exports_no_more():
    served = load_model(SMALL, "small")
    begun = Quickening([served])
    while not (working := psutil.Process().children()):
        time.sleep(0.01)
    begun.close()
    assert served.runtime is None and not any(one.is_running() for one in working)
