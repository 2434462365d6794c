"""A painter comes back from its file as it went in; anything else is an error at the door."""

import json

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from facepencil.config.model import ModelParams
from facepencil.networks.classifier import DeformationClassifier
from facepencil.networks.generator import build_generators
from facepencil.networks.painter import load_painter, save_painter

MODEL = ModelParams(size=32, channels=4, downs=2, blocks=1, sap_channels=2, sap_widths=[1, 3])
EXTRA = {"variant": "ours", "seed": "0", "version": "1", "photos": "48"}


def painter(model=MODEL):
    torch.manual_seed(0)
    return build_generators(model, DeformationClassifier(4)).painter


@pytest.mark.parametrize(
    "changes",
    [{}, {"attention_features": False}, {"kind": "single", "sap": False}, {"shared": False}],
)
def test_it_paints_the_same_picture(tmp_path, changes):
    model = ModelParams(**{**MODEL.model_dump(), **changes})
    net = painter(model)
    save_painter(tmp_path / "a.safetensors", net, model, EXTRA)
    loaded, read, _ = load_painter(tmp_path / "a.safetensors")
    assert read == model
    sketch = torch.rand(2, 1, 32, 32)
    assert torch.equal(loaded(sketch).image, net(sketch).image)
    assert not loaded.training and not any(one.requires_grad for one in loaded.parameters())
    with safe_open(tmp_path / "a.safetensors", "pt") as file:
        metadata = file.metadata()
    assert json.loads(metadata.pop("model")) == model.model_dump(mode="json")
    assert metadata == EXTRA


def test_one_saved_before_decoders_had_layer_norm_has_instance_norm(tmp_path):
    model = MODEL.model_copy(update={"decoder_norm": "instance"})
    net = painter(model)
    before = json.dumps(model.model_dump(mode="json", exclude={"decoder_norm"}))
    tensors = {name: one.contiguous() for name, one in net.state_dict().items()}
    save_file(tensors, tmp_path / "a.safetensors", {"model": before})
    loaded, read, _ = load_painter(tmp_path / "a.safetensors")
    assert read == model
    sketch = torch.rand(2, 1, 32, 32)
    assert torch.equal(loaded(sketch).image, net(sketch).image)


SAVE = """
import sys
from pathlib import Path
from tests.networks.test_painter import EXTRA, MODEL, painter, save_painter

save_painter(Path(sys.argv[1]), painter(), MODEL, EXTRA)
"""


def test_equal_painters_are_equal_bytes_in_another_process(workplace):
    here, there = (workplace.root / name for name in ("here.safetensors", "there.safetensors"))
    save_painter(here, painter(), MODEL, EXTRA)
    workplace.run("python", "-c", SAVE, there)
    assert here.read_bytes() == there.read_bytes()


def test_what_is_no_painter_is_named(tmp_path):
    path = tmp_path / "bad.safetensors"
    with pytest.raises(FileNotFoundError, match=r"bad\.safetensors"):
        load_painter(path)
    save_painter(path, painter(), MODEL, {})
    whole = path.read_bytes()
    other = ModelParams(**{**MODEL.model_dump(), "channels": 5})
    save_painter(path, painter(), other, {})
    mixed = path.read_bytes()
    save_file({"a": torch.ones(1)}, path)
    for content in (path.read_bytes(), whole[:-9], b"", b"text", mixed):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"bad\.safetensors: expected a painter"):
            load_painter(path)
