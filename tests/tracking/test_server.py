"""Whatever becomes of the server or of the process, everything arrives, and once."""

import json
import signal
import socket
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient
from typer.testing import CliRunner

from facepencil.cli import app
from facepencil.images import encode_png
from facepencil.tracking.server import Server, send
from facepencil.tracking.spool import new_box, waiting
from tests.fixtures.commands import Workplace, wait_for
from tests.fixtures.mlflow_store import database_of, runs, steps


@pytest.mark.timeout(300)
def test_a_run_holds_all_there_is_to_know(server, start, spool, monkeypatch, tmp_path):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    sheet = tmp_path / "sheet.png"
    sheet.write_bytes(encode_png(np.full((32, 64, 3), 90, np.uint8)))
    model = tmp_path / "3.safetensors"
    model.write_bytes(b"weights")
    with start("whole", note="hello") as run:
        run.dataset("celeba-mini", "ab" * 32, "data/raw")
        for seen in range(0, 64, 8):
            run.metrics({"loss/l1": 1 / (seen + 1), "loss/gan": float("nan")}, seen)
        run.image(sheet, "samples")
        sheet.write_bytes(b"")  # the run must not depend on the file staying as it is
        run.artifact(model, "model")
        run.tag("model_sha256", "0123")
    (found,) = runs(server.uri, "tags.fingerprint = 'whole'")
    client = MlflowClient(server.uri)
    files = {file.path for file in client.list_artifacts(found.info.run_id, "model")}
    images = [file.path for file in client.list_artifacts(found.info.run_id, "images")]
    (data,) = found.inputs.dataset_inputs
    assert found.info.status == "FINISHED"
    assert found.info.run_name == "ours/3"
    assert found.data.params == {"seed": "3", "train.batch": "8", "train.stages": "[0, 0, 64]"}
    assert found.data.tags["note"] == "hello"
    assert found.data.tags["model_sha256"] == "0123"
    assert steps(server.uri, found, "loss/l1") == list(range(0, 64, 8))
    assert found.data.metrics["loss/l1"] == pytest.approx(1 / 57)
    assert found.data.metrics["system/process_memory_megabytes"] > 50
    assert files == {"model/3.safetensors"}
    assert len(images) == 2 and all("samples+step+56+" in name for name in images)
    assert data.dataset.name == "celeba-mini"
    assert json.loads(data.dataset.profile) == {"digest": "ab" * 32}
    assert ("ab" * 32).startswith(data.dataset.digest)
    assert waiting(spool) == []


@pytest.mark.timeout(600)
def test_server_that_dies_midway_gets_everything_once(
    server, start, tmp_path, spool, monkeypatch, capfd
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    model = tmp_path / "model.bin"
    model.write_bytes(b"weights")
    with start("dies") as run:
        run.metrics({"loss": 1.0}, 0)
        wait_for(lambda: runs(server.uri, "tags.fingerprint = 'dies' and metrics.loss = 1"))
        server.kill()
        for seen in range(1, 1500):
            run.metrics({"loss": 1 / seen}, seen)
        run.artifact(model, "model")
    assert "facepencil track send" in capfd.readouterr().err
    assert len(waiting(spool)) == 1
    failed = CliRunner().invoke(app, ["track", "send", str(spool)])
    assert failed.exit_code == 1 and "nothing lost" in failed.stderr
    server.start()
    sent = CliRunner().invoke(app, ["track", "send", str(spool)])
    assert sent.exit_code == 0, sent.output
    (found,) = runs(server.uri, "tags.fingerprint = 'dies'")
    artifacts = MlflowClient(server.uri).list_artifacts(found.info.run_id, "model")
    assert found.info.status == "FINISHED"
    assert steps(server.uri, found, "loss") == list(range(1500))
    assert [file.path for file in artifacts] == ["model/model.bin"]
    assert waiting(spool) == []
    assert send(spool) == 0


@pytest.mark.timeout(200)
def test_a_server_that_never_answers_stops_nothing(start, spool, monkeypatch):
    """Waiting for each answer would take two hours; what a call costs is a matter of benchmarks."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "3")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{deaf.getsockname()[1]}")
        with start("deaf") as run:
            for seen in range(2000):
                run.metrics({"loss": 1.0, "other": 2.0}, seen)
    (box,) = waiting(spool)
    kept = [event["step"] for event, _ in box.events(0) if "loss" in event.get("values", {})]
    assert kept == list(range(2000))


def test_events_of_a_killed_process_are_sent_by_the_next(start, spool, database):
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from facepencil.tracking.run import Tracker\n"
        "run = Tracker.start('test', 'n', {}, {'fingerprint': 'killed'}, Path(sys.argv[1]))\n"
        "[run.metrics({'loss': 1.0 / (n + 1)}, n) for n in range(50)]\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = Workplace(spool.parent).run("python", "-c", code, spool, check=False)
    assert done.returncode == -signal.SIGKILL
    (box,) = waiting(spool)
    with (box.folder / "events.jsonl").open("ab") as file:
        file.write(b'{"kind": "metrics", "ti')  # as torn by the kill
    with start("another"):
        pass
    (found,) = runs(database, "tags.fingerprint = 'killed'")
    assert found.info.status == "KILLED"
    assert steps(database, found, "loss") == list(range(50))
    assert waiting(spool) == []


@pytest.mark.parametrize("first", ["", '{"kind": "metrics", "time": 1, "step": 8, "values": {}}\n'])
def test_a_box_without_its_first_event_stops_no_other(first, start, spool, database, capfd):
    """As a full disk leaves it."""
    broken = new_box(spool)
    (broken.folder / "events.jsonl").write_text(first)
    broken.release()
    with start("after") as run:
        run.metrics({"loss": 1.0}, 8)
    assert runs(database, "tags.fingerprint = 'after'") and not waiting(spool)
    assert f"{broken.folder}: no beginning, left out" in capfd.readouterr().err


def test_what_a_living_process_writes_is_left_to_it(start, spool, database):
    with start("living") as run:
        run.metrics({"loss": 1.0}, 0)
        send(spool)
        assert len(waiting(spool)) == 1
        run.metrics({"loss": 0.5}, 8)
    (found,) = runs(database, "tags.fingerprint = 'living'")
    assert found.info.status == "FINISHED"
    assert steps(database, found, "loss") == [0, 8]


def test_sending_again_changes_nothing(start, spool, database, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    with start("again") as run:
        run.metrics({"loss": 1.0, "none": float("nan")}, 0)
        run.dataset("faces", "cd" * 32, "data/faces")
    (box,) = waiting(spool)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", database)
    Server().take(box)
    (box.folder / "sent.json").unlink()  # as when killed between sending and marking
    Server().take(box)
    (found,) = runs(database, "tags.fingerprint = 'again'")
    assert steps(database, found, "loss") == [0]
    assert steps(database, found, "none") == [0]
    assert len(found.inputs.dataset_inputs) == 1


def test_refused_event_is_left_out_and_the_rest_arrives(start, database, capfd):
    Path("broken.png").write_bytes(b"no image")
    with start("refused") as run:
        run.metrics({"what?!": 1.0}, 0)
        run.image(Path("broken.png"), "samples")
        run.tag("after", "yes")
    (found,) = runs(database, "tags.fingerprint = 'refused'")
    errors = capfd.readouterr().err
    assert found.data.tags["after"] == "yes"
    assert "MLflow refuses metrics" in errors and "MLflow refuses image" in errors


@pytest.mark.slow
@pytest.mark.timeout(800)
def test_four_first_users_of_a_fresh_database(workplace):
    code = (
        "import sys; from pathlib import Path; from facepencil.tracking import run\n"
        "run._LEAVE_S = 600  # four imports of MLflow at once may take long\n"
        "name = sys.argv[1]\n"
        "tags = {'fingerprint': name}\n"
        "with run.Tracker.start('f', name, {'a': 1}, tags, Path('spool')) as tracker:\n"
        "    tracker.metrics({'loss': 1.0}, 0)\n"
    )
    jobs = [workplace.start("python", "-c", code, name) for name in "0123"]
    logs = [job.communicate()[1] for job in jobs]
    assert [job.returncode for job in jobs] == [0] * 4, logs
    assert waiting(workplace.root / "spool") == []
    found = runs(database_of(workplace.root), "metrics.loss = 1")
    assert sorted(run.info.run_name for run in found) == ["0", "1", "2", "3"]
    assert all(run.info.status == "FINISHED" for run in found)
