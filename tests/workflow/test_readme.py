"""What README tells people to type, run as it stands there."""

import re
from typing import Any

import pytest
import yaml

from facepencil.store import Shard
from facepencil.strokes.strokes import stroke_ids
from tests.fixtures.commands import ROOT

pytestmark = pytest.mark.slow

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.M | re.S)
LINES = [
    line.partition("  #")[0].strip()
    for kind, text in BLOCKS
    if kind == "sh"
    for line in text.splitlines()
]
LONG = ("snakemake --cores all", "snakemake --profile", "source .venv/bin/activate", "dvc exp run")
"""Whole runs, which other tests make."""
RUN = [line for line in LINES if not line.startswith(("make ", *LONG))]
VARIANT = yaml.safe_load(next(text for kind, text in BLOCKS if kind == "yaml"))["variants"]


@pytest.fixture(scope="module")
def reader(by_snakemake: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A finished run, with the variant of README added to params.yaml as README says."""
    project = by_snakemake.copy(tmp_path_factory.mktemp("reader") / "project")
    project.commit()
    path = project.root / "params.yaml"
    params = yaml.safe_load(path.read_text())
    params["variants"] |= VARIANT
    params["tables"]["main"] += list(VARIANT)
    path.write_text(yaml.safe_dump(params, sort_keys=False))
    with Shard(project.root / "data/sketches/0.zip") as sketches:
        (project.root / "drawing.png").write_bytes(sketches.read(sketches.names[0]))
    return project


def test_a_new_idea_costs_its_own_training_evaluation_and_the_report(reader):
    said = reader.run("snakemake", "-n").stdout
    assert set(re.findall(r"^would run (.+)", said, re.M)) == {
        "train myidea/0",
        "evaluate myidea/0",
        "drawn myidea/0",
        "report main",
    }


@pytest.mark.parametrize("command", RUN)
def test_a_command_does_what_is_said(reader, command):
    face = stroke_ids(reader.root / "data/strokes/0.npz")[0]
    done = reader.run(*command.replace(" ID", f" {face}").split(), check=False)
    assert done.returncode == 0, done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("make ")])
def test_a_target_is_there(line):
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(rf"^{line.split()[1]}:.*## ", makefile, re.M)


def test_files_that_readme_names_are_there():
    names = re.findall(r"`((?:docs|presets|workflow|pipeline)/[\w./-]*)`", README)
    missing = [name for name in names if not (ROOT / name).exists()]
    assert names and missing == []
