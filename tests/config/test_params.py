import pytest
import yaml
from pydantic import BaseModel
from snakemake.utils import validate
from typer.testing import CliRunner

from facepencil.cli import app
from facepencil.config.params import Params, load_params
from facepencil.config.section import ConfigError
from facepencil.config.text import commented_yaml, schema_json
from tests.fixtures.commands import ROOT

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


def test_there_are_the_four_presets():
    assert [path.stem for path in PRESETS] == ["mini", "paper", "showcase", "test"]


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_preset_is_whole_and_as_generated(path):
    params = load_params(path)
    assert path.read_text() == commented_yaml(params), REFRESH
    written = yaml.safe_load(path.read_text())
    for section, wanted in keys(params).items():
        assert section in written
        assert not wanted or set(written[section]) == wanted


def test_defaults_params_and_mini_are_one():
    mini = (ROOT / "presets/mini.yaml").read_text()
    assert mini == commented_yaml(Params()), "defaults of config/ and presets/mini.yaml differ"
    assert (ROOT / "params.yaml").read_text() == mini, "params.yaml is not presets/mini.yaml"


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


def test_snakemake_accepts_the_presets_and_refuses_the_rest():
    for path in PRESETS:
        validate(yaml.safe_load(path.read_text()), str(SCHEMA), set_default=False)
    wrong = yaml.safe_load(PRESETS[0].read_text()) | {"sed": 1}
    with pytest.raises(Exception, match="sed"):
        validate(wrong, str(SCHEMA), set_default=False)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("train: {bach: 8}", r"train\.bach"),
        ("train: {batch: 0}", r"train\.batch"),
        ("crop: {faces: some}", r"crop\.faces.*largest"),
        ("shards: [1, 2]", "shards must count up from 0"),
        ("run: {variants: [mine]}", "mine"),
        ("run: {variants: [a]}\nvariants: {a: {model: {chanels: 2}}}", "chanels"),
        ("split: {test: 0.6, val: 0.5}", "below 1"),
        ("download: {source: folder, folder: null}", r"download\.folder"),
        ("model: {size: 60}", r"model\.size must be a multiple of 8"),
        ("[1, 2]", "not a YAML mapping"),
        ("train: {batch: [", "not a YAML mapping"),
    ],
)
def test_bad_params_are_named_with_file_and_key(tmp_path, text, named):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=rf"mine\.yaml: .*{named}"):
        load_params(path)


def test_missing_params_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.yaml: no such params file"):
        load_params(tmp_path / "none.yaml")


def test_variants_override_model_and_train_alone():
    params = Params()
    model, train = params.of_variant("baseline")
    assert (model.kind, model.sap, train.sketches) == ("single", False, "aligned")
    assert model.model_copy(update={"kind": "dual", "sap": True}) == params.model
    assert train.model_copy(update={"sketches": "both"}) == params.train


def test_refresh_rewrites_in_place_and_spares_what_is_wrong(tmp_path):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("seed: 7\n")
    bad.write_text("sed: 7\n")
    assert CliRunner().invoke(app, ["config", "refresh", str(good)]).exit_code == 0
    assert good.read_text() == commented_yaml(load_params(good))
    assert load_params(good).seed == 7
    failed = CliRunner().invoke(app, ["config", "refresh", str(bad)])
    assert failed.exit_code == 1 and "bad.yaml: sed" in failed.stderr
    assert bad.read_text() == "sed: 7\n"


def test_show_fills_in_what_a_file_leaves_out(tmp_path):
    path = tmp_path / "short.yaml"
    path.write_text("seed: 7\ntrain: {batch: 2}\n")
    shown = CliRunner().invoke(app, ["config", "show", str(path)])
    assert shown.exit_code == 0
    path.write_text(shown.stdout)
    assert load_params(path) == load_params(path).model_copy(update={"seed": 7})
    assert (load_params(path).seed, load_params(path).train.batch) == (7, 2)
    assert load_params(path).crop == Params().crop
