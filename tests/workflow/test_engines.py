"""Whole tiny runs: equal bytes by either engine, nothing to do afterwards, the right reruns."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.slow

DOWNSTREAM = {
    "report": {"report"},
    "evaluate": {"evaluate", "report"},
    "train": {"train", "evaluate", "report"},
    "deform": {"deform", "evaluate", "report"},
    "classifier": {"classifier", "train", "evaluate", "report"},
}
DOWNSTREAM["vectorize"] = {"vectorize", "deform", *DOWNSTREAM["classifier"]}
DOWNSTREAM["sketch"] = {"sketch", *DOWNSTREAM["vectorize"]}
DOWNSTREAM["crop"] = {"crop", *DOWNSTREAM["sketch"]}
ENGINE_TEXT = "Nothing to be done"


def planned(project: Any) -> set[str]:
    """Rules that Snakemake would run, itself apart."""
    text = project.run("snakemake", "-n", "--quiet", "progress").stdout
    return (
        set(re.findall(r"^(?:local)?rule (\w+):", project.run("snakemake", "-n").stdout, re.M))
        - {"all"}
        if ENGINE_TEXT not in text
        else set()
    )


def changed(project: Any) -> set[str]:
    """Stages that DVC holds to be changed."""
    text = project.run("dvc", "status").stdout
    return set(re.findall(r"^(\w+)(?:@[^:]+)?:", text, re.M))


def edit_params(project: Any, section: str, key: str, value: Any) -> None:
    path = project.root / "params.yaml"
    params = yaml.safe_load(path.read_text())
    assert params[section][key] != value
    params[section][key] = value
    path.write_text(yaml.safe_dump(params, sort_keys=False))


@pytest.fixture
def finished(by_snakemake: Any, tmp_path: Path) -> Any:
    """A copy of the finished run that a test may change, times kept."""
    target = tmp_path / "project"
    shutil.copytree(by_snakemake.root, target, symlinks=True)
    return type(by_snakemake)(target)


def test_engines_agree_byte_for_byte(by_snakemake, by_dvc):
    ours, theirs = by_snakemake.outputs(), by_dvc.outputs()
    assert set(ours) == set(theirs)
    assert [name for name in ours if ours[name] != theirs[name]] == []
    assert "results/tables/robustness.csv" in ours


def test_after_snakemake_neither_engine_has_work(by_snakemake):
    assert planned(by_snakemake) == set()
    assert changed(by_snakemake) == set()
    assert "up to date" in by_snakemake.run("dvc", "repro").stdout


def test_after_dvc_neither_engine_has_work(by_dvc):
    by_dvc.run("python", "-m", "workflow.sync", "snakemake")
    assert changed(by_dvc) == set()
    assert planned(by_dvc) == set()


def test_sync_refuses_what_is_not_current(finished):
    edit_params(finished, "report", "digits", 2)
    assert finished.run("python", "-m", "workflow.sync", "snakemake", check=False).returncode
    assert finished.run("python", "-m", "workflow.sync", "dvc", check=False).returncode


@pytest.mark.parametrize(
    ("section", "key", "value", "stage"),
    [
        ("crop", "score", 0.6, "crop"),
        ("sketch", "speck_px", 7, "sketch"),
        ("vectorize", "tolerance_px", 1.7, "vectorize"),
        ("deform", "probability", 0.9, "deform"),
        ("classifier", "learning_rate", 0.01, "classifier"),
        ("train", "l1_weight", 3.0, "train"),
        ("evaluate", "bootstrap", 33, "evaluate"),
        ("report", "digits", 2, "report"),
    ],
)
def test_a_changed_key_reruns_the_stages_that_declare_it(finished, section, key, value, stage):
    edit_params(finished, section, key, value)
    assert stage in changed(finished)
    declaring = stages_declaring(finished, section, key)
    assert changed(finished) == declaring
    assert planned(finished) == set().union(*(DOWNSTREAM[name] for name in declaring))


def stages_declaring(project: Any, section: str, key: str) -> set[str]:
    stages = yaml.safe_load((project.root / "dvc.yaml").read_text())["stages"]
    keys = {name: entry.get("do", entry).get("params", []) for name, entry in stages.items()}
    return {name for name, found in keys.items() if {section, f"{section}.{key}"} & set(found)}


def test_a_comment_reruns_what_imports_the_module_and_nothing_else(finished):
    with (finished.root / "src/facepencil/cli.py").open("a") as handle:
        handle.write("# no stage imports this\n")
    assert planned(finished) == changed(finished) == set()
    with (finished.root / "src/facepencil/reporting/tables.py").open("a") as handle:
        handle.write("# the report does\n")
    assert changed(finished) == planned(finished) == {"report"}


def test_two_shards_or_three_give_the_same_tables(new_project, by_snakemake):
    project = new_project()
    path = project.root / "params.yaml"
    params = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump(params | {"shards": [0, 1, 2]}, sort_keys=False))
    project.run("snakemake", "--cores", "2")
    ours, theirs = project.outputs(), by_snakemake.outputs()
    tables = [
        name for name in ours if name.startswith(("results/tables", "models", "results/eval"))
    ]
    assert tables
    assert [name for name in tables if ours[name] != theirs[name]] == []


def test_snakemake_report_holds_tables_and_figures(finished):
    finished.run("snakemake", "--report", "report.html")
    assert (finished.root / "report.html").stat().st_size > 100_000


def test_config_on_the_command_line_is_refused(plan):
    done = plan.run("snakemake", "-n", "--config", "seed=5", check=False)
    assert done.returncode
    assert "both engines read params.yaml" in done.stdout
