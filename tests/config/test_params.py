"""Presets, the text of params files, variants and the commands about them."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError
from typer.testing import CliRunner

from facepencil.cli import app
from facepencil.config.params import Params, load_params
from facepencil.config.section import VARIED, ConfigError
from facepencil.config.text import commented_yaml, schema_json, variant_yaml
from facepencil.config.variants import Variant
from pipeline.reads import READS
from tests.config.edits import ROOT, TEXT, edited

PRESETS = sorted((ROOT / "presets").glob("*.yaml"))
SCHEMA = ROOT / "workflow/schemas/params.schema.json"
REFRESH = "run: facepencil config refresh params.yaml presets/*.yaml"
SCHEMATA = "run: facepencil config schema > workflow/schemas/params.schema.json"


def keys(model: BaseModel) -> dict[str, set[str]]:
    """Sections and the keys in each; no keys for a plain value or the variants."""
    return {
        name: set(type(value).model_fields) if isinstance(value, BaseModel) else set()
        for name in type(model).model_fields
        for value in [getattr(model, name)]
    }


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return tmp_path / "mine.yaml"


def test_there_are_presets():
    assert {"mini", "paper", "showcase", "test"} <= {path.stem for path in PRESETS}


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_preset_is_whole_and_as_generated(path):
    params = load_params(path)
    assert path.read_text() == commented_yaml(params), REFRESH
    written = yaml.safe_load(path.read_text())
    for section, wanted in keys(params).items():
        assert section in written
        assert not wanted or set(written[section]) == wanted


def test_the_defaults_are_preset_mini():
    assert commented_yaml(Params()) == TEXT, "defaults in config/ and presets/mini.yaml differ"


def test_every_key_says_what_it_means():
    schema = Params.model_json_schema()
    undescribed = [
        f"{model}.{key}"
        for model, content in schema["$defs"].items()
        for key, field in content["properties"].items()
        if not field.get("description")
    ]
    assert undescribed == []


def test_schema_file_is_as_generated():
    assert SCHEMA.read_text() == schema_json(), SCHEMATA


def test_schema_accepts_what_is_right_and_refuses_the_rest():
    accepts = Draft202012Validator(json.loads(SCHEMA.read_text())).is_valid
    assert all(accepts(yaml.safe_load(path.read_text())) for path in PRESETS)
    whole = yaml.safe_load(TEXT)
    assert accepts(whole | {"variants": {"ours": None, "mine": {"train": None}}})
    for wrong in ({"sed": 1}, {"seed": "1"}, {"watch": {}}, {"variants": {"a": {"crop": {}}}}):
        assert not accepts(whole | wrong)


def test_an_idea_is_one_line_in_variants(mine):
    """The recipe of README."""
    mine.write_text(edited(("  ours: {}", "  ours: {}\n  myidea: {train: {gfm_weight: 0}}")))
    params = load_params(mine)
    resolved = params.of_variant("myidea")
    assert resolved.train == params.train.model_copy(update={"gfm_weight": 0.0})
    assert resolved.model_copy(update={"train": params.train}) == params


def test_a_variant_overrides_the_sections_from_sketch_to_train(mine):
    assert tuple(Variant.model_fields) == (*VARIED, "note")
    changed = {
        "sketch": {"method": "contour"},
        "vectorize": {"tolerance_px": 2.0},
        "deform": {"probability": 0.5},
        "classifier": {"samples": 5},
        "model": {"blocks": 7},
        "train": {"stages": [1, 2, 3]},
    }
    mine.write_text(edited(("ours: {}", f"ours: {changed}")))
    params = load_params(mine)
    resolved = params.of_variant("ours")
    for section, overrides in changed.items():
        before, after = getattr(params, section), getattr(resolved, section)
        assert after == before.model_copy(update=overrides) != before


@pytest.mark.parametrize("name", ["a", "A-1.b_c", "m" * 64, "classifiers", "classifier.2"])
def test_names_of_variants(name):
    assert name in Params(variants={**Params().variants, name: Variant()}).variants


@pytest.mark.parametrize(
    "name", ["classifier", "1st", "-a", ".a", "a.", "a b", "a/b", "ä", "", "m" * 65, "a\n", "Ours"]
)
def test_names_that_no_file_may_bear(name):
    with pytest.raises(ValidationError, match=r"letters, digits|more than case"):
        Params(variants={**Params().variants, name: Variant()})


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"model": {"size": 512}}, "model.size.*at most 256"),
        ({"sketch": {"size": 32}}, "sketch.size.*at most 32"),
        ({"model": {"downs": 7}}, "model.size.*a multiple of 128"),
        ({"deform": {"levels": [1]}}, "report.level.*one of variants.ours.deform.levels: 1"),
        ({"crop": {"size": 1}}, "ours.crop"),
        ({"train": {"batch": 0}}, "ours.train.batch"),
        ({"train": [1]}, "ours.train"),
        ([1], "ours"),
    ],
)
def test_overrides_that_do_not_fit(mine, overrides, said):
    mine.write_text(edited(("ours: {}", f"ours: {overrides}")))
    with pytest.raises(ConfigError, match=rf"line \d+ +\S*{said}"):
        load_params(mine)


def test_sizes_that_fit_together_are_right_wherever_they_are_set(mine):
    mine.write_text(
        edited(("ours: {}", "ours: {sketch: {size: 512}, model: {size: 384, downs: 7}}"))
    )
    assert load_params(mine).of_variant("ours").model.size == 384


def test_refresh_writes_in_what_is_missing(mine):
    mine.write_text("seed: 7\ntrain: {batch: 2}\n")
    assert run("config", "refresh", mine).exit_code == 0
    expected = Params(seed=7, train={"batch": 2})
    assert mine.read_text() == commented_yaml(expected)
    assert load_params(mine) == expected


def test_refresh_keeps_the_norm_of_before_there_was_a_choice(mine):
    mine.write_text(edited(("  decoder_norm: layer", "  # none")))
    assert run("config", "refresh", mine).exit_code == 0
    assert load_params(mine).model.decoder_norm == "instance"


def test_refresh_of_one_that_is_wrong_leaves_all_as_they_were(mine):
    good = mine.with_name("good.yaml")
    good.write_text("seed: 7\n")
    mine.write_text("sed: 7\n")
    failed = run("config", "refresh", good, mine)
    assert failed.exit_code == 1
    assert (
        failed.stderr
        == f"facepencil: {mine}: 1 mistake\n  line 1  sed: no such key; did you mean seed?\n"
    )
    assert (good.read_text(), mine.read_text()) == ("seed: 7\n", "sed: 7\n")


def test_show_prints_what_load_params_reads_back(mine):
    mine.write_text(edited(("seed: 0", "seed: 7"), ("ours: {}", "ours: {train: {ema: 1}}")))
    shown = run("config", "show", mine)
    assert shown.exit_code == 0
    assert "  ours: {train: {ema: 1}}\n" in shown.stdout
    before = load_params(mine)
    mine.write_text(shown.stdout)
    assert load_params(mine) == before


def test_variant_prints_what_it_resolves_to_and_how_it_differs(mine):
    mine.write_text(TEXT)
    shown = run("variant", "baseline", "--params", mine)
    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[:4] == [
        "# baseline differs from the bare params in 3 keys",
        "#   model.kind: single instead of dual",
        "#   model.sap: false instead of true",
        "#   train.sketches: aligned instead of both",
    ]
    resolved = load_params(mine).of_variant("baseline")
    assert yaml.safe_load(shown.stdout) == resolved.model_dump(include=set(VARIED))


def test_variant_is_held_against_another(mine):
    mine.write_text(TEXT)
    shown = run("variant", "baseline", "--against", "baseline_deform", "--params", mine)
    assert shown.stdout.startswith(
        "# baseline differs from baseline_deform in 1 key\n"
        "#   train.sketches: aligned instead of both\n\n"
    )
    same = variant_yaml(Params(), "ours")
    assert same.startswith("# ours differs from the bare params in 0 keys\n\nsketch:")


@pytest.mark.parametrize("names", [["hers"], ["ours", "--against", "hers"]])
def test_a_variant_that_is_not_there_is_one_line(mine, names):
    mine.write_text(TEXT)
    failed = run("variant", *names, "--params", mine)
    assert (failed.exit_code, failed.stdout) == (1, "")
    known = "ours, baseline_deform, baseline, pix2pix"
    assert failed.stderr == f"facepencil: {mine}: no variant 'hers'; those there are: {known}\n"


@pytest.mark.parametrize("name", ["ablation", "a", "table_2"])
def test_names_of_tables(name):
    assert name in Params(tables={name: ["ours"]}).tables


@pytest.mark.parametrize("name", [*READS, "all", "plan", "Main", "2", "a-b", "", "a" * 41])
def test_names_that_no_table_may_bear(name):
    with pytest.raises(ValidationError, match="no stage's name"):
        Params(tables={name: ["ours"]})
