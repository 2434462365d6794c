"""Finished results stand after a refactoring that changes no byte, and only then."""

import json
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.slow

STEP = "src/facepencil/training/step.py"


@pytest.fixture
def refactored(by_snakemake: Any, tmp_path: Any) -> Any:
    """A finished run whose code was committed, with the shortest of test presets."""
    project = by_snakemake.copy(tmp_path / "project")
    path = project.root / "presets/test.yaml"
    preset = yaml.safe_load(path.read_text())
    preset |= {"tables": {"main": ["baseline"]}, "shards": [0]}
    preset["drawings"]["folder"] = None
    preset["evaluate"]["sketched"] = 1
    path.write_text(yaml.safe_dump(preset, sort_keys=False))
    project.commit()
    return project


def accepted(project: Any) -> list[str]:
    """What was accepted so far, here and in the repository that the project is a copy of."""
    record = project.root / "accepted.jsonl"
    return record.read_text().splitlines() if record.exists() else []


def test_where_every_byte_agrees_results_stand_for_both_engines(refactored):
    with (refactored.root / STEP).open("a") as file:
        file.write("_UNUSED = 1\n")
    assert "train ours/0 is outdated: the code of train" in refactored.run("snakemake", "-n").stdout
    before = accepted(refactored)
    said = refactored.run("python", "-m", "workflow.accept").stdout
    assert "accept: every byte agrees" in said and "Traceback" not in said
    assert "Nothing to be done" in refactored.run("snakemake", "-n").stdout
    assert "up to date" in refactored.run("dvc", "status").stdout
    *known, entry = accepted(refactored)
    assert known == before
    head = refactored.run("git", "rev-parse", "HEAD").stdout.strip()
    assert json.loads(entry)["made_by"] == json.loads(entry)["accepted_at"] == head


def test_where_a_byte_differs_the_file_is_named_and_nothing_is_accepted(refactored):
    path = refactored.root / STEP
    path.write_text(path.read_text().replace("BETAS = (0.5,", "BETAS = (0.6,"))
    before = accepted(refactored)
    done = refactored.run("python", "-m", "workflow.accept", check=False)
    assert done.returncode
    assert "accept: models/baseline/0.jsonl differs; nothing was accepted" in done.stdout
    assert accepted(refactored) == before
    assert "train ours/0 is outdated" in refactored.run("snakemake", "-n").stdout


def test_nothing_to_accept_is_said(refactored):
    done = refactored.run("python", "-m", "workflow.accept", check=False)
    assert done.returncode
    assert "accept: no finished result is outdated by its code alone" in done.stdout
