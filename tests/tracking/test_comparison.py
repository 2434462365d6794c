"""The shared view that MLflow's page opens with, and the command that says where."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest
import requests
from mlflow import MlflowClient

from facepencil.tracking.comparison import comparison, publish
from facepencil.tracking.run import Tracker

METRICS = [
    "cost/photos_per_second",
    "test/KID-EffLite0/d11",
    "test/KID-EffLite0/d30",
    "test/LPIPS-Alex/d11",
    "test/LPIPS-Alex/d9",
    "test_over_d/LPIPS-Alex",
    "train/l1",
    "val/lpips",
]


def test_columns_are_few_and_in_order():
    view = comparison(METRICS, ["variant", "seed"])
    assert view["selectedColumns"] == [
        "params.`variant`",
        "params.`seed`",
        "metrics.`val/lpips`",
        "metrics.`test/LPIPS-Alex/d9`",
        "metrics.`test/LPIPS-Alex/d11`",
        "metrics.`test/KID-EffLite0/d30`",
        "metrics.`cost/photos_per_second`",
    ]


def test_every_curve_lies_in_a_section_of_the_view():
    view = comparison(METRICS, [])
    sections = {section["uuid"] for section in view["compareRunSections"]}
    charts = {chart["metricKey"]: chart["metricSectionId"] for chart in view["compareRunCharts"]}
    assert list(charts) == [
        "test_over_d/LPIPS-Alex",
        "val/lpips",
        "train/l1",
        "cost/photos_per_second",
    ]
    assert set(charts.values()) == sections


def test_a_new_experiment_is_of_the_kind_that_opens_on_its_runs(spool, database):
    with Tracker.start("kind", "ours/0", {}, {"fingerprint": "kind"}, spool):
        pass
    found = MlflowClient(database).get_experiment_by_name("kind")
    assert found.tags["mlflow.experimentKind"] == "custom_model_development"


def test_publishing_mends_an_experiment_made_by_others(spool, database):
    client = MlflowClient(database)
    client.create_experiment("old")
    with Tracker.start("old", "ours/0", {"variant": "ours"}, {"fingerprint": "old"}, spool) as run:
        run.metrics({"test/LPIPS-Alex/d11": 0.25}, 0)
    publish(client, "old")
    tags = client.get_experiment_by_name("old").tags
    view = json.loads(tags["mlflow.sharedViewState.comparison"])
    assert tags["mlflow.experimentKind"] == "custom_model_development"
    assert view["selectedColumns"] == ["params.`variant`", "metrics.`test/LPIPS-Alex/d11`"]


@pytest.mark.timeout(300)
def test_the_command_prints_addresses_and_serves_them(spool, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/ui.db"}
    command = [sys.executable, "-c", "from facepencil.cli import app; app()", "track", "ui"]
    with subprocess.Popen(
        [*command, "--port", str(port)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            table, curves = (process.stdout.readline().split()[1] for _ in range(2))
            place = re.search(r"/experiments/(\d+)/runs\?.*viewStateShareKey=comparison$", table)[1]
            assert curves == f"{table}&compareRunsMode=CHART"
            api = f"http://127.0.0.1:{port}/api/2.0/mlflow/experiments/get"
            tags = wait_for_json(api, {"experiment_id": place})["experiment"]["tags"]
        finally:
            os.killpg(process.pid, signal.SIGTERM)
    assert "mlflow.sharedViewState.comparison" in {tag["key"] for tag in tags}


def wait_for_json(address, query):
    """The answer, once there is one; the test's own timeout ends what waits in vain."""
    while True:
        try:
            return requests.get(address, query, timeout=5).json()
        except requests.RequestException:
            time.sleep(0.2)
