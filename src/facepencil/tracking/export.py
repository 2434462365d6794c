"""Runs copied into a database of their own, which anyone can open in MLflow's page."""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from facepencil.store import atomic
from facepencil.tracking.server import EXPERIMENT, KIND, connect, open_client

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

_NO_FILES = "mlflow-artifacts:/not-kept"
"""Where the files of the runs would be: no path of the machine that ran them."""
_KEPT = ("mlflow.source.git.commit", "mlflow.note.content")
_PAGE, _PARAMS, _POINTS = 500, 100, 1000
"""So many runs, params and points of a metric go in one request."""


def export_runs(models: Collection[str], target: Path) -> int:
    """Copy params, tags and metrics of the runs of some models; returns how many runs there were.

    Linear in the points of their metrics.

    Args:
        models: sha256 of each, by which runs are tagged `model_sha256`.
        target: a new SQLite file: `mlflow server --backend-store-uri sqlite:///TARGET` opens it.

    Raises:
        Exception: of whatever kind: the server of `MLFLOW_TRACKING_URI` is away or fails.
    """
    source = connect()
    places = [one.experiment_id for one in source.search_experiments()]
    runs = [run for run in _all_runs(source, places) if run.data.tags.get("model_sha256") in models]
    with atomic(target) as part:
        client = open_client(f"sqlite:///{part.resolve()}")
        place = client.create_experiment(EXPERIMENT, _NO_FILES, KIND)
        for run in sorted(runs, key=lambda one: str(one.info.run_name)):
            _copy(source, run, client, place)
        _forget_places(part)
        part.with_name(f"{part.name}.lock").unlink(missing_ok=True)
    return len(runs)


def _forget_places(database: Path) -> None:
    """MLflow's default experiment names a folder of this machine."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("update experiments set artifact_location = ?", (_NO_FILES,))
        connection.commit()
        connection.execute("vacuum")


def _all_runs(client: "MlflowClient", places: list[str]) -> "Iterator[Run]":
    token: str | None = None
    while page := client.search_runs(places, max_results=_PAGE, page_token=token):
        yield from page
        token = page.token
        if not token:
            return


def _copy(source: "MlflowClient", run: "Run", target: "MlflowClient", place: str) -> None:
    from mlflow.entities import Param

    info = run.info
    tags = {
        key: value
        for key, value in run.data.tags.items()
        if not key.startswith("mlflow.") or key in _KEPT
    }
    made = target.create_run(place, info.start_time, tags, info.run_name).info.run_id
    params = [Param(key, value) for key, value in run.data.params.items()]
    for begin in range(0, len(params), _PARAMS):
        target.log_batch(made, params=params[begin : begin + _PARAMS])
    for name in run.data.metrics:
        points = source.get_metric_history(info.run_id, name)
        for begin in range(0, len(points), _POINTS):
            target.log_batch(made, metrics=points[begin : begin + _POINTS])
    target.set_terminated(made, info.status, end_time=info.end_time)
