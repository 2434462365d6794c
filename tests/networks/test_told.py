"""What a generator is told beside the sketch changes the face; without it, it is as it was."""

import numpy as np
import pytest
import torch

from facepencil.colours import hex_colour, palette_of_hex
from facepencil.config.model import ModelParams
from facepencil.networks.blocks import ToldScale
from facepencil.networks.classifier import DeformationClassifier
from facepencil.networks.generator import Generators, build_generators
from facepencil.networks.painter import load_painter, palette_entry, save_painter
from facepencil.networks.told import jitter_strength, numbers_told, tell

SIZES = {"size": 32, "channels": 4, "downs": 2, "blocks": 2, "sap_channels": 2}
KINDS = {
    "dual": {},
    "apart": {"shared": False},
    "single": {"kind": "single", "sap": False},
    "unet": {"kind": "unet", "sap": False},
}
TOLD = {"level_told": True, "palette": True}
BOTH = pytest.mark.parametrize("kind", KINDS)


def params(kind: str, **told: bool) -> ModelParams:
    return ModelParams(**{**SIZES, **KINDS[kind], **told})


def build(kind: str, **told: bool) -> Generators:
    torch.manual_seed(0)
    return build_generators(params(kind, **told), DeformationClassifier(4)).eval()


def wake(generators: Generators) -> None:
    """Give the weights of what is told, which start at 0, other values."""
    random = torch.Generator().manual_seed(3)
    for layer in generators.modules():
        if isinstance(layer, ToldScale):
            torch.nn.init.normal_(layer.weight, 0, 0.5, generator=random)


def sketches(seed: int = 1) -> torch.Tensor:
    return torch.rand(2, 1, 32, 32, generator=torch.Generator().manual_seed(seed))


def told(value: float) -> torch.Tensor:
    return torch.full((2, 10), value)


@BOTH
def test_at_the_start_it_is_the_net_that_is_told_nothing(kind):
    plain, other = build(kind), build(kind, **TOLD)
    more = other.state_dict()
    assert all(torch.equal(value, more[name]) for name, value in plain.state_dict().items())
    image = plain.main(sketches()).image
    assert torch.equal(other.main(sketches(), told(0.7)).image, image)


@BOTH
def test_once_it_has_learnt_faces_follow_what_is_told_and_each_its_own(kind):
    generators = build(kind, **TOLD)
    wake(generators)
    first, second = (generators.main(sketches(), told(value)).image for value in (-0.5, 0.5))
    assert not torch.allclose(first, second, atol=1e-3)
    mixed = generators.main(sketches(), torch.cat([told(-0.5)[:1], told(0.5)[1:]])).image
    torch.testing.assert_close(mixed, torch.cat([first[:1], second[1:]]), atol=1e-5, rtol=1e-4)


@BOTH
def test_what_is_told_learns_from_the_first_step(kind):
    generators = build(kind, **TOLD)
    generators.main(sketches(), told(0.5)).image.mean().backward()
    layers = [layer for layer in generators.main.modules() if isinstance(layer, ToldScale)]
    assert layers and all(layer.weight.grad.abs().sum() > 0 for layer in layers)


@pytest.mark.parametrize("kind", ["dual", "apart"])
def test_both_generators_are_told_their_own(kind):
    generators = build(kind, **TOLD)
    wake(generators)
    pair = generators.forward_both(sketches(1), sketches(2), [told(0.0), told(0.4)])
    single = generators.auxiliary(sketches(1), told(0.0)), generators.main(sketches(2), told(0.4))
    for one, other in zip(pair, single, strict=True):
        torch.testing.assert_close(one.image, other.image, atol=1e-5, rtol=1e-4)


@BOTH
def test_a_net_is_told_what_it_was_built_for(kind):
    with pytest.raises(ValueError, match="expected 0 numbers told beside each sketch, got 10"):
        build(kind).main(sketches(), told(0.5))
    with pytest.raises(ValueError, match="expected 10 numbers told beside each sketch, got 0"):
        build(kind, **TOLD).main(sketches())


@BOTH
def test_a_painter_comes_back_with_its_usual_palette(kind, tmp_path):
    generators = build(kind, **TOLD)
    wake(generators)
    usual = palette_of_hex(["#102030", "#f0c0a0", "#ffffff"])
    path = tmp_path / "0.safetensors"
    save_painter(path, generators.main, params(kind, **TOLD), palette_entry(usual))
    net, model, found = load_painter(path)
    assert numbers_told(model) == 10 and np.array_equal(found, usual)
    pair = net(sketches(), told(0.3)).image, generators.main(sketches(), told(0.3)).image
    assert torch.equal(*pair)


def test_numbers_told_lie_in_their_range_and_places():
    colours = palette_of_hex(["#000000", "#ff0000", "#ffffff"])
    both = tell(params("single", **TOLD), [0.0, 0.25], np.stack([colours, colours[::-1]]))
    assert both.tolist() == [
        [0.0, -1, -1, -1, 1, -1, -1, 1, 1, 1],
        [0.25, 1, 1, 1, 1, -1, -1, -1, -1, -1],
    ]
    assert tell(params("single", level_told=True), [1.0], None).tolist() == [[1.0]]
    assert tell(params("single"), [1.0], colours[None]) is None
    with pytest.raises(ValueError, match=r"model\.palette needs the palettes"):
        tell(params("single", palette=True), [0.0], None)
    assert [jitter_strength(d) for d in (0, 15, 30, 60)] == [0, 0.5, 1, 1]
    assert hex_colour(colours[1]) == "#ff0000"
