"""A stage is handed the params that it declares, and no others."""

from typing import Any

import pytest
import yaml

from facepencil.config.params import Params
from facepencil.config.reading import declared, read
from facepencil.config.section import ConfigError, Section
from facepencil.config.text import commented_yaml
from pipeline.graph import values
from pipeline.reads import READS

WHOLE: dict[str, Any] = yaml.safe_load(commented_yaml(Params()))
PARAMS = values(Params())


def only(reads: type[Section]) -> dict[str, Any]:
    """A params file with what a stage declares, and nothing else in it."""
    kept: dict[str, Any] = {}
    for key in declared(reads):
        section, _, name = key.partition(".")
        if name:
            kept.setdefault(section, {})[name] = WHOLE[section][name]
        else:
            kept[section] = WHOLE[section]
    return kept


@pytest.mark.parametrize("stage", READS)
def test_what_a_stage_declares_is_enough(stage, tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(only(READS[stage])))
    found = values(read(path, READS[stage]))
    assert found == {key: PARAMS[key] for key in found}


@pytest.mark.parametrize("stage", READS)
def test_a_stage_gets_nothing_that_it_does_not_declare(stage, tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(WHOLE))
    handed = set(values(read(path, READS[stage])))
    allowed = set(declared(READS[stage]))
    assert {key for key in handed if not {key, key.partition(".")[0]} & allowed} == set()


@pytest.mark.parametrize("stage", [stage for stage in READS if declared(READS[stage])])
def test_what_a_stage_declares_is_needed(stage, tmp_path):
    path = tmp_path / "params.yaml"
    for key in only(READS[stage]):
        path.write_text(yaml.safe_dump({k: v for k, v in only(READS[stage]).items() if k != key}))
        with pytest.raises(ConfigError, match=key):
            read(path, READS[stage])
