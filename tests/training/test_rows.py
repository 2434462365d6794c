"""Every row of the tables trains, and is saved and read as a painter."""

from pathlib import Path

import pytest
import torch
import yaml

from facepencil.config.params import Params, load_params
from facepencil.config.variants import Variant
from facepencil.data.stream import Batch, choose_view
from facepencil.networks.classifier import DeformationClassifier
from facepencil.networks.discriminator import MultiScaleDiscriminator
from facepencil.networks.generator import build_generators
from facepencil.networks.painter import load_painter, save_painter
from facepencil.pretrained.vgg import VggFeatures
from facepencil.training.step import AdversarialStep, Networks
from tests.fixtures.commands import ROOT

PARAMS = load_params(ROOT / "presets/test.yaml")
ROWS = list(dict.fromkeys(row for rows in PARAMS.tables.values() for row in rows))

KNOBS = """
warm_up: {train: {warmup: 8}}
reconstruction_first: {train: {gan_from: 8}}
hinge: {train: {gan: hinge}}
r1: {train: {r1_weight: 1, r1_every: 4}}
vgg_average: {train: {vgg_pool: average}}
spectral: {model: {discriminator_norm: spectral}}
blur: {model: {discriminator_down: blur}}
layer_norm: {model: {decoder_norm: layer}}
heads: {model: {discriminator_heads: 4}}
heads_alone: {model: {discriminator_heads: 4}, train: {vgg_weight: 0, released_defect: true}}
heads_one_pair: {model: {discriminator_heads: 4}, train: {real_pairs: aligned, gan_from: 8}}
spectral_hinge_r1: {model: {discriminator_norm: spectral}, train: {gan: hinge, r1_weight: 1}}
"""
"""Variants that no table of the preset has."""
MORE = {name: Variant(**laid) for name, laid in yaml.safe_load(KNOBS).items()}


def params_of(row: str) -> Params:
    return PARAMS.model_copy(update={"variants": {**PARAMS.variants, **MORE}}).of_variant(row)


@pytest.mark.parametrize("row", [*ROWS, *MORE])
def test_a_row_trains_and_paints(row: str, weights, tmp_path: Path) -> None:
    params = params_of(row)
    torch.manual_seed(0)
    classifier = DeformationClassifier(params.classifier.channels)
    networks = Networks(
        build_generators(params.model, classifier),
        MultiScaleDiscriminator(params.model),
        VggFeatures(weights("vgg16_lpips.ckpt"), params.train.vgg_pool),
    )
    views = 2 if choose_view(params.model, params.train) == "pair" else 1
    size = params.model.size
    batch = Batch([torch.rand(2, 1, size, size)] * views, torch.rand(2, 3, size, size) * 2 - 1)
    painter = networks.generators.painter
    before = {name: value.clone() for name, value in painter.state_dict().items()}
    losses = AdversarialStep(networks, params.train, 3)(batch, 1e-3)
    assert all(loss.isfinite() for loss in losses.values())
    moved = [name for name, value in painter.state_dict().items() if (value != before[name]).any()]
    assert moved
    save_painter(tmp_path / "0.safetensors", painter, params.model, {})
    again = load_painter(tmp_path / "0.safetensors").net(batch.sketches[0]).image
    torch.testing.assert_close(again, painter.eval()(batch.sketches[0]).image)


def test_rows_differ_and_say_in_what() -> None:
    resolved = [PARAMS.of_variant(row).model_dump(exclude={"variants", "tables"}) for row in ROWS]
    alike = [
        (ROWS[a], ROWS[b]) for a in range(len(ROWS)) for b in range(a) if resolved[a] == resolved[b]
    ]
    assert alike == []
    assert all(PARAMS.variants[row].note for row in ROWS if row != "ours")
