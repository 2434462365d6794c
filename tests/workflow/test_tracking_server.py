"""Four trainings at once tell one server with PostgreSQL, which is killed in between."""

import json
import time
from collections import Counter
from pathlib import Path

import pytest
from mlflow import MlflowClient

from tests.fixtures.commands import wait_for
from tests.fixtures.mlflow_store import runs
from tests.fixtures.servers import Mlflow, Postgres
from tests.workflow.conftest import Project

pytestmark = [pytest.mark.slow, pytest.mark.sharing, pytest.mark.timeout(2400)]

SEEDS = range(1, 5)
AWAY_S = 15.0
"""Longer than a training waits between two sendings."""
TOLD_OF = "select distinct run_uuid from metrics"
HISTORY = "select run_uuid, key, step, timestamp, value, is_nan from metrics"


def told(log: Path) -> Counter[tuple[str, int]]:
    """What a training says to MLflow, by its own log: how often each metric at each step."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return Counter(
        (name if "/" in name else f"train/{name}", line["photos"])
        for line in lines
        for name in line
        if name != "photos"
    )


@pytest.fixture
def project(finished: Project) -> Project:
    """Seeds that were not trained yet, with more lines of the log."""
    finished.edit("run.seeds", list(SEEDS))
    finished.edit("train.stages", [16, 16, 96])
    finished.edit("watch.log_every", 4)
    return finished


def test_no_metric_is_lost_and_none_doubled(
    project: Project, mlflow_server: Mlflow, postgres: Postgres
):
    where = {"MLFLOW_TRACKING_URI": mlflow_server.uri}
    command = ("python", "-m", "pipeline.train", "--variant", "ours", "--seed")
    jobs = [project.start(*command, str(seed), **where) for seed in SEEDS]

    def all_are_told_of() -> bool:
        ended = [job.communicate()[0] for job in jobs if job.poll() is not None]
        assert not ended, f"over before the server was killed: {ended}"
        time.sleep(0.2)
        return len(postgres.rows(TOLD_OF)) == len(SEEDS)

    wait_for(all_are_told_of)
    mlflow_server.kill()
    time.sleep(AWAY_S)
    mlflow_server.start()
    said = [job.communicate()[0] for job in jobs]
    assert [job.returncode for job in jobs] == [0] * len(SEEDS), said
    project.run("facepencil", "track", "send", **where)
    history = postgres.rows(HISTORY)
    assert len(history) == len({row[:4] for row in history}), "a metric twice"
    check_runs(project, mlflow_server)


def check_runs(project: Project, server: Mlflow) -> None:
    """Each training is one run, and has exactly what its log has, and its files."""
    found = {int(run.data.params["seed"]): run for run in runs(server.uri)}
    assert sorted(found) == [*SEEDS] and len(runs(server.uri)) == len(SEEDS)
    client = MlflowClient(server.uri)
    for seed, run in found.items():
        wanted = told(project.root / f"models/ours/{seed}.jsonl")
        known = Counter(
            (name, point.step)
            for name in {name for name, _ in wanted}
            for point in client.get_metric_history(run.info.run_id, name)
        )
        assert known == wanted
        assert run.info.status == "FINISHED"
        files = {file.path for file in client.list_artifacts(run.info.run_id)}
        assert f"{seed}.jsonl" in files
