"""Faces by ONNX Runtime beside those by torch."""

import logging
import shutil

import numpy as np
import pytest
import torch

from facepencil.config.model import ModelParams
from facepencil.networks.classifier import DeformationClassifier
from facepencil.networks.generator import build_main
from facepencil.networks.painter import palette_entry, save_painter
from facepencil.networks.told import numbers_told
from facepencil.serving.onnx_network import onnx_bytes
from facepencil.serving.onnx_painter import Exports, OnnxPainter, checked
from facepencil.serving.served_models import SMALL, load_model
from tests.fixtures.commands import wait_for

TINY = {"size": 32, "channels": 4, "downs": 2, "blocks": 1}
PALETTE = palette_entry(np.full((3, 3), 128, np.uint8))
KINDS = {
    "classifier": {"kind": "dual", "sap_channels": 2, "upsample": "transposed"},
    "pooling": {"kind": "dual", "attention_features": False, "sap_channels": 2},
    "told": {
        "kind": "single",
        "sap": False,
        "palette": True,
        "level_told": True,
        "decoder_norm": "layer",
    },
    "unet": {"kind": "unet", "sap": False},
}


@pytest.fixture
def exports():
    made = Exports()
    yield made
    made.close()


def drawn(count, size, told):
    numbers = torch.Generator().manual_seed(0)
    sketches = (torch.rand(count, size, size, generator=numbers) > 0.9).float()
    return sketches.numpy(), torch.rand(count, told, generator=numbers) if told else None


def saved(path, kind, seed=0):
    torch.manual_seed(seed)
    params = ModelParams(**{**TINY, **kind})
    classifier = DeformationClassifier(2) if params.sap and params.attention_features else None
    save_painter(path, build_main(params, classifier), params, PALETTE)
    return load_model(path, "one")


@pytest.mark.parametrize("kind", KINDS)
def test_faces_are_those_of_torch(kind, tmp_path):
    served = saved(tmp_path / "model.safetensors", KINDS[kind])
    model = served.painter.model
    sketches, told = drawn(3, model.size, numbers_told(model))
    plain = served.by_torch(sketches, told)
    painter = OnnxPainter(onnx_bytes(served.painter))
    faces = painter(sketches, told)
    assert faces.shape == plain.shape
    assert abs(faces - plain).max() < 1e-4
    assert torch.equal(painter(sketches[1:2], None if told is None else told[1:2])[0], faces[1])


@pytest.mark.slow
def test_the_small_model_is_exported_while_torch_paints(exports):
    served = load_model(SMALL, "small")
    sketches, told = drawn(2, served.painter.model.size, numbers_told(served.painter.model))
    plain = served.paint(sketches, told)
    exports.want(served)
    wait_for(lambda: served.quick)
    assert abs(served.paint(sketches, told).astype(int) - plain).max() <= 1
    assert abs(served.quick(sketches, told) - served.by_torch(sketches, told)).max() < 1e-3


@pytest.mark.slow
def test_a_file_that_changed_is_not_exported_and_the_next_one_is(exports, tmp_path, caplog):
    shutil.copy(SMALL, tmp_path / "model.safetensors")
    changed, other = load_model(tmp_path / "model.safetensors", "one"), load_model(SMALL, "small")
    (tmp_path / "model.safetensors").write_bytes(b"another")
    with caplog.at_level(logging.WARNING):
        for model in (changed, other):
            exports.want(model)
        wait_for(lambda: other.quick)
    assert changed.quick is None
    assert "painted by torch: the file has changed" in caplog.text


def test_a_painter_of_other_faces_is_refused(tmp_path):
    served = [saved(tmp_path / f"{seed}.safetensors", KINDS["unet"], seed) for seed in (0, 1)]
    painter = OnnxPainter(onnx_bytes(served[0].painter))
    assert checked(served[0], painter) is painter
    with pytest.raises(ValueError, match="differ from torch's by"):
        checked(served[1], painter)
