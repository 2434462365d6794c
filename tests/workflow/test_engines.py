"""Whole tiny runs: equal bytes by either engine, nothing to do afterwards, the right reruns."""

import re

import pytest

from facepencil.tracking.run import Tracker
from facepencil.tracking.spool import waiting
from pipeline import layout
from tests.fixtures.commands import jobs_run
from tests.fixtures.mlflow_store import database_of, runs

pytestmark = pytest.mark.slow

NOTHING = "Nothing to be done"


def test_engines_agree_byte_for_byte(by_snakemake, by_dvc):
    ours, theirs = by_snakemake.outputs(), by_dvc.outputs()
    assert set(ours) == set(theirs)
    assert [name for name in ours if ours[name] != theirs[name]] == []
    assert "results/tables/main/robustness.csv" in ours


@pytest.mark.parametrize("first", ["by_snakemake", "by_dvc"])
def test_after_either_engine_neither_has_work(request, first):
    project = request.getfixturevalue(first)
    assert NOTHING in project.run("snakemake", "-n").stdout
    assert "up to date" in project.run("dvc", "status").stdout
    assert "up to date" in project.run("dvc", "repro").stdout


def test_dvc_is_told_of_finished_results_alone(finished):
    finished.edit("report.digits", 2)
    refused = finished.run("python", "-m", "workflow.sync", check=False)
    assert refused.returncode
    assert "report main: params: report.digits was 3, is 2; DVC was not told" in refused.stdout


def test_a_new_result_is_followed_and_an_equal_one_is_not(finished):
    """Rounds: what is below a job that ran again runs if its result changed."""
    finished.edit("tables.main", ["baseline"])
    path = finished.root / "src/facepencil/strokes/fit.py"
    path.write_text(path.read_text() + "_UNUSED = 1\n")
    said = finished.run("snakemake", "--cores", "2").stdout
    # Drawings are traced by it too; a row went from the table.
    assert stages_run(said) == {"vectorize", "drawings", "report"}
    finished.edit("vectorize.tolerance_px", 1.7)
    said = finished.run("snakemake", "--cores", "2", "--", "main").stdout
    assert stages_run(said) == {
        *("vectorize", "deform", "dataset", "preview", "classifier", "finder", "exemplars"),
        *("drawings", "train", "reference", "evaluate", "drawn", "report"),
    } - {"reference"} | ({"reference"} & stages_run(said))
    assert NOTHING in finished.run("snakemake", "-n").stdout
    assert "up to date" in finished.run("dvc", "status").stdout


def stages_run(said: str) -> set[str]:
    """Stages that said that they began."""
    return {job.split()[0] for job in jobs_run(said)}


def test_mlflow_is_told_of_every_model_and_its_scores(by_snakemake):
    found = runs(database_of(by_snakemake.root))
    models = sorted(by_snakemake.root.glob("models/*/0.safetensors"))
    assert sorted(run.data.params["variant"] for run in found) == [
        one.parent.name for one in models
    ]
    assert all("test/LPIPS-Alex/d30" in run.data.metrics for run in found)
    assert not waiting(by_snakemake.root / layout.TRACKING)


def test_mlflow_is_told_of_what_ended_before_a_job_failed(new_project, parent_sends):
    project = new_project()
    tags = {"fingerprint": "short"}
    with Tracker.start("facepencil", "ours/0", {}, tags, project.root / layout.TRACKING):
        pass
    project.edit("download.source", "folder")
    assert project.run("snakemake", "--cores", "1", "data/faces/0.zip", check=False).returncode
    (told,) = runs(database_of(project.root))
    assert told.data.tags["fingerprint"] == "short"


def test_the_terminal_shows_little(by_snakemake, new_project):
    project = new_project()
    said = project.run("snakemake", "--cores", "2", "data/strokes/0.npz").stdout.splitlines()
    assert [line for line in said if "input:" in line or "state/current" in line] == []
    assert any(re.match(r"crop 0: \d+ faces.* \(\d", line) for line in said)
    # Three lines for each of nine jobs at most: begun, done, and progress on a terminal.
    assert len(said) < 40


def test_a_failure_ends_with_what_the_stage_said_and_where_its_log_lies(new_project):
    project = new_project()
    (project.root / "data/lists").mkdir(parents=True)
    project.edit("download.source", "folder")
    said = project.run("snakemake", "--cores", "1", "data/faces/0.zip", check=False)
    assert said.returncode
    assert "list failed: photos: no photos in it" in said.stdout
    assert "all it said is in logs/list/list.log" in said.stdout
    assert "Traceback" not in said.stdout
    assert "Traceback" in (project.root / "logs/list/list.log").read_text()


def test_two_shards_or_three_give_the_same_tables(finished, tmp_path):
    project = finished.copy(tmp_path / "three")
    for one in (project, finished):
        one.edit("tables.main", ["baseline"])
    project.edit("shards", [0, 1, 2])
    for one in (project, finished):
        one.run("snakemake", "--cores", "2")
    ours, theirs = project.outputs(), finished.outputs()
    tables = [
        name
        for name in ours
        if name.startswith(("results/tables", "models", "results/eval"))
        and not name.endswith(".made.json")
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
