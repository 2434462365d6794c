"""What a run ran in: engine, rule, commit and load."""

import os
import subprocess

import psutil
import pytest

from facepencil.tracking.environment import machine_load, run_tags
from tests.fixtures.mlflow_store import runs

GIT = ("git", "-c", "user.name=x", "-c", "user.email=x@example.org")


def git(*command: str) -> str:
    return subprocess.run([*GIT, *command], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def commit(tmp_path, monkeypatch) -> str:
    """The only commit of the repository in the working directory."""
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "first")
    return git("rev-parse", "HEAD").strip()


@pytest.mark.parametrize(
    ("environment", "engine", "rule"),
    [
        ({"DVC_STAGE": "train@ours-3"}, "dvc", "train@ours-3"),
        ({"FACEPENCIL_ENGINE": "snakemake", "FACEPENCIL_RULE": "train"}, "snakemake", "train"),
        ({}, "shell", None),
    ],
)
def test_engine_and_rule_are_told(environment, engine, rule):
    tags = run_tags(environment)
    assert tags["engine"] == engine
    assert tags["rule"] == tags["mlflow.source.name"]
    assert rule is None or tags["rule"] == rule


def test_commit_and_changes_are_told(commit, tmp_path):
    tags = run_tags()
    assert (tags["mlflow.source.git.commit"], tags["git.dirty"]) == (commit, "false")
    (tmp_path / "new.txt").touch()
    assert run_tags()["git.dirty"] == "true"


def test_outside_a_repository_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert not {"mlflow.source.git.commit", "git.dirty"} & set(run_tags())


def test_tags_reach_the_run(start, commit, database):
    with start("tagged"):
        pass
    (found,) = runs(database, "tags.fingerprint = 'tagged'")
    assert found.data.tags["mlflow.source.git.commit"] == commit


def test_load_is_that_of_the_process():
    mine = machine_load(psutil.Process(os.getpid()))
    assert all(name.startswith("system/") for name in mine)
    small, all_ = (
        mine["system/process_memory_megabytes"],
        mine["system/system_memory_usage_megabytes"],
    )
    assert 50 < small < psutil.virtual_memory().total / 1e6
    assert 0 < all_ <= psutil.virtual_memory().total / 1e6
