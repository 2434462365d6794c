"""The generators: the paper's sizes, what is shared, what each stage trains."""

from pathlib import Path

import pytest
import torch

from facepencil.config.model import ModelParams
from facepencil.config.params import load_params
from facepencil.networks.classifier import DeformationClassifier
from facepencil.networks.discriminator import MultiScaleDiscriminator
from facepencil.networks.generator import build_generators

PRESETS = Path(__file__).parents[2] / "presets"


def small(**changes):
    chosen = {"size": 32, "channels": 4, "downs": 3, "blocks": 5, "sap_channels": 2, **changes}
    return ModelParams(**chosen)


def build(model):
    torch.manual_seed(0)
    return build_generators(model, DeformationClassifier(4))


def sketches(count=2, size=32):
    generator = torch.Generator().manual_seed(1)
    return (torch.rand(count, 1, size, size, generator=generator) > 0.9).float()


def millions(net):
    return round(sum(one.numel() for one in net.parameters()) / 1e6, 1)


def test_the_paper_preset_has_the_papers_shapes():
    params = load_params(PRESETS / "paper.yaml")
    with torch.device("meta"):
        classifier = DeformationClassifier(params.classifier.channels)
        generators = build_generators(params.model, classifier)
        discriminator = MultiScaleDiscriminator(params.model)
    pooling = generators.main.pooling
    assert millions(generators.auxiliary) == 102.6
    assert millions(discriminator) == 8.3
    assert len(discriminator.scales) == 3
    assert pooling.widths == [1, 5, 9, 13]
    assert pooling.branches[0][0].weight.shape == (48, 1, 13, 13)
    assert pooling.attention[0][0].weight.shape == (48, 336, 13, 13)
    assert generators.main.encoder.layers[0][0].weight.shape == (48, 48, 7, 7)
    image = generators.auxiliary(torch.zeros(1, 1, 256, 256, device="meta")).image
    assert image.shape == (1, 3, 256, 256)


@pytest.mark.parametrize("upsample", ["nearest", "transposed"])
def test_images_and_both_kinds_of_maps_have_their_sizes(upsample):
    painted = build(small(upsample=upsample)).main(sketches())
    assert painted.image.shape == (2, 3, 32, 32)
    assert painted.image.abs().max() <= 1
    assert [tuple(one.shape[1:]) for one in painted.features["encoder"]] == [
        (4, 32, 32),
        (8, 16, 16),
        (16, 8, 8),
        (32, 4, 4),
    ]
    assert [tuple(one.shape[1:]) for one in painted.features["residual"]] == [(32, 4, 4)] * 4


@pytest.mark.parametrize("shared", [True, False])
def test_forward_both_gives_what_two_calls_give(shared):
    generators = build(small(shared=shared))
    aligned, deformed = sketches(4).chunk(2)
    together = generators.forward_both(aligned, deformed)
    apart = generators.auxiliary(aligned), generators.main(deformed)
    for mine, expected in zip(together, apart, strict=True):
        torch.testing.assert_close(mine.image, expected.image, rtol=1e-4, atol=1e-5)
        for place in ("encoder", "residual"):
            torch.testing.assert_close(
                mine.features[place], expected.features[place], rtol=1e-4, atol=1e-5
            )


def test_a_shared_trunk_is_one_and_separate_ones_start_alike():
    together, apart = build(small()), build(small(shared=False))
    assert together.main.trunk is together.auxiliary.trunk
    pairs = zip(apart.main.trunk.parameters(), apart.auxiliary.trunk.parameters(), strict=True)
    assert all(torch.equal(a, b) and a is not b for a, b in pairs)


def names(generators, stage):
    chosen = {id(one) for one in generators.trainable(stage)}
    return {name for name, one in generators.named_parameters() if id(one) in chosen}


def parts(found):
    return {".".join(name.split(".")[:2]) for name in found}


def test_stages_train_what_the_paper_says():
    generators = build(small())
    assert parts(names(generators, 1)) == {"auxiliary.encoder", "main.trunk"}
    assert parts(names(generators, 2)) == {"main.pooling", "main.encoder"}
    assert parts(names(generators, 3)) == {
        "auxiliary.encoder",
        "main.encoder",
        "main.pooling",
        "main.trunk",
    }
    with pytest.raises(ValueError, match="stage 1, 2 or 3, got 4"):
        generators.trainable(4)


def test_a_single_model_trains_whole_in_every_stage():
    generators = build(small(kind="single", sap=False))
    assert generators.auxiliary is None and generators.painter.pooling is None
    everything = list(generators.parameters())
    assert all(len(generators.trainable(stage)) == len(everything) for stage in (1, 2, 3))
    with pytest.raises(ValueError, match=r"model\.kind"):
        generators.forward_both(sketches(), sketches())


@pytest.mark.parametrize("trainable", [False, True])
def test_the_classifier_learns_only_where_asked(trainable):
    generators = build(small(classifier_trainable=trainable))
    for stage in (2, 3):
        learned = [name for name in names(generators, stage) if "classifier.stages" in name]
        assert bool(learned) is trainable


def test_every_trained_weight_gets_a_gradient():
    generators = build(small())
    first, second = generators.forward_both(sketches(), sketches())
    (first.image.sum() + second.image.sum()).backward()
    assert all(one.grad is not None and one.grad.any() for one in generators.trainable(3))


def test_attention_on_features_needs_the_classifier():
    with pytest.raises(ValueError, match=r"model\.attention_features"):
        build_generators(small(), None)
    build_generators(small(attention_features=False), None)


def test_the_same_seed_gives_the_same_picture():
    sketch = sketches()
    assert torch.equal(build(small()).main(sketch).image, build(small()).main(sketch).image)
