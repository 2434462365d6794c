"""What a stage reads of a params file: what it declares, and nothing else."""

from pathlib import Path

import pytest
import yaml

from facepencil.config.classifier import ClassifierParams, ClassifierSize
from facepencil.config.deform import DeformParams, PenParams
from facepencil.config.model import ModelParams, PainterSize
from facepencil.config.params import Params, load_params
from facepencil.config.reading import declared, read
from facepencil.config.section import ConfigError, Section
from facepencil.config.sketch import SketchParams, SketchSize
from facepencil.config.train import TrainParams
from tests.config.edits import ROOT, TEXT, edited, line_of


class Some(Section):
    """Parts of two sections, and plain keys."""

    seed: int
    sketch: SketchSize
    deform: PenParams


class Training(Some):
    """And whole sections."""

    model: ModelParams
    train: TrainParams


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT)
    return path


def test_declared_are_the_keys_of_parts_and_the_names_of_wholes() -> None:
    some = ["seed", "sketch.size", "deform.probability", "deform.line_px"]
    assert declared(Some) == some
    assert declared(Training) == [*some, "model", "train"]


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        (SketchSize, SketchParams),
        (PenParams, DeformParams),
        (ClassifierSize, ClassifierParams),
        (PainterSize, ModelParams),
    ],
)
def test_a_part_has_keys_of_the_whole_with_their_defaults(part, whole) -> None:
    assert part.model_fields.keys() < whole.model_fields.keys()
    assert whole().model_dump(include=set(part.model_fields)) == part().model_dump()


def test_read_hands_over_what_was_declared_and_nothing_else(mine: Path) -> None:
    assert read(mine, Some).model_dump() == {
        "seed": 0,
        "sketch": {"size": 256},
        "deform": {"probability": 1, "line_px": 1},
    }


def test_what_is_not_declared_may_be_wrong_or_gone(mine: Path) -> None:
    before = read(mine, Some)
    values = yaml.safe_load(TEXT)
    keep = {"seed": 0, "sketch": {"size": 256, "method": 7}, "deform": values["deform"]}
    mine.write_text(yaml.safe_dump({**keep, "train": "none", "nonsense": [1]}))
    assert read(mine, Some) == before


@pytest.mark.parametrize("key", ["seed", "sketch.size", "deform.line_px", "deform"])
def test_what_is_declared_must_be_there(mine: Path, key: str) -> None:
    values = yaml.safe_load(TEXT)
    section, _, below = key.partition(".")
    del (values[section] if below else values)[below or section]
    mine.write_text(yaml.safe_dump(values))
    with pytest.raises(ConfigError, match=rf"{key}: missing, expected .*\n.*config refresh"):
        read(mine, Some)


def test_a_variant_is_laid_over(mine: Path) -> None:
    for name in ("ours", "baseline"):
        whole = load_params(mine).of_variant(name)
        found = read(mine, Training, name)
        assert (found.model, found.train) == (whole.model, whole.train)
    assert read(mine, Training).model == ModelParams()


@pytest.mark.parametrize("text", ["", " {}", " {train: }", " {train: {}}"])
def test_a_variant_that_changes_nothing_may_be_empty(mine: Path, text: str) -> None:
    mine.write_text(edited(("ours: {}", f"ours:{text}")))
    assert read(mine, Training, "ours") == read(mine, Training)
    assert load_params(mine).of_variant("ours") == load_params(mine)


def test_a_mistake_of_a_variant_is_told_where_it_stands(mine: Path) -> None:
    text = edited(("ours: {}", "ours:\n    train: {batch: 0}\n    model: {size: 63}"))
    mine.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read(mine, Training, "ours")
    assert str(caught.value).splitlines()[1:] == [
        f"  line {line_of(text, 'batch: 0')}  variants.ours.train.batch: got 0, "
        "expected a whole number of at least 1",
        f"  line {line_of(text, 'size: 63')}  variants.ours.model.size: got 63, "
        "expected a multiple of 8 (2^downs)",
    ]


def test_an_unknown_variant_is_told_with_those_there_are(mine: Path) -> None:
    with pytest.raises(ConfigError, match=r"mine\.yaml: no variant 'hers'.* ours, baseline_deform"):
        read(mine, Training, "hers")


@pytest.mark.parametrize("path", sorted((ROOT / "presets").glob("*.yaml")), ids=lambda p: p.stem)
def test_reading_all_is_loading(path: Path) -> None:
    assert read(path, Params) == load_params(path)


def test_numbers_are_read_as_people_write_them(mine: Path) -> None:
    mine.write_text(
        edited(("learning_rate: 0.0005", "learning_rate: 5e-4"), ("ema: 0.998", "ema: 1"))
    )
    train = read(mine, Training).train
    assert (train.learning_rate, train.ema) == (5e-4, 1.0) and isinstance(train.ema, float)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.unlink(), "no such params file"),
        (lambda path: (path.unlink(), path.mkdir()), "cannot be read"),
        (lambda path: path.write_bytes(b"seed: \xff"), "not a text file in UTF-8"),
        (lambda path: path.write_bytes(b"seed: \0"), "not YAML: unacceptable character"),
        (lambda path: path.write_text("[" * 5000), "nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(mine: Path, make, said: str) -> None:
    make(mine)
    with pytest.raises(ConfigError, match=rf"^\S*mine\.yaml: .*{said}.*$"):
        read(mine, Some)
