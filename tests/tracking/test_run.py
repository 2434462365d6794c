import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from mlflow import MlflowClient
from typer.testing import CliRunner

from facepencil import tracking
from facepencil.cli import app
from facepencil.images import encode_png
from facepencil.tracking.run import Tracker, flatten
from facepencil.tracking.server import send
from facepencil.tracking.spool import waiting

PARAMS = {"seed": 3, "train": {"batch": 8, "stages": [0, 0, 64]}}


class Server:
    """A real `mlflow server` on loopback that can be killed and started again on its data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.uri = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        options = {
            "--host": "127.0.0.1",
            "--port": str(self.port),
            "--workers": "1",
            "--backend-store-uri": f"sqlite:///{self.folder}/server.db",
            "--artifacts-destination": str(self.folder / "artifacts"),
        }
        arguments = [text for pair in options.items() for text in pair]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", *arguments],
            env=os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_for(self.answers, 180)

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.uri}/health", timeout=1).ok
        except requests.RequestException:
            return False

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def wait_for(condition, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> str:
    """A database whose tables exist: making them takes seconds."""
    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path.parent)  # where MLflow will put artifacts
        MlflowClient(f"sqlite:///{path}").search_experiments()
    return f"sqlite:///{path}"


@pytest.fixture
def spool(tmp_path, monkeypatch, database) -> Path:
    """A spool beside an empty working directory, sent often to `database`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", database)
    monkeypatch.setattr(tracking, "_SEND_S", 0.2)
    return tmp_path / "spool"


@pytest.fixture(scope="module")
def server(tmp_path_factory, database):
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(database.removeprefix("sqlite:///"), folder / "server.db")
    server = Server(folder)
    yield server
    server.kill()


def start(spool: Path, fingerprint: str, **tags: str) -> Tracker:
    return Tracker.start("test", "ours/3", PARAMS, {"fingerprint": fingerprint, **tags}, spool)


def runs(uri: str, query: str) -> list:
    client = MlflowClient(uri)
    return client.search_runs([e.experiment_id for e in client.search_experiments()], query)


def steps(uri: str, run, name: str) -> list[int]:
    return [point.step for point in MlflowClient(uri).get_metric_history(run.info.run_id, name)]


@pytest.mark.timeout(300)
def test_a_run_holds_all_there_is_to_know(server, spool, monkeypatch, tmp_path):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    sheet = tmp_path / "sheet.png"
    sheet.write_bytes(encode_png(np.full((32, 64, 3), 90, np.uint8)))
    model = tmp_path / "3.safetensors"
    model.write_bytes(b"weights")
    with start(spool, "whole", note="hello") as run:
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
def test_server_that_dies_midway_gets_everything_once(server, tmp_path, spool, monkeypatch, capfd):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    model = tmp_path / "model.bin"
    model.write_bytes(b"weights")
    with start(spool, "dies") as run:
        run.metrics({"loss": 1.0}, 0)
        wait_for(lambda: runs(server.uri, "metrics.loss = 1"), 60)
        server.kill()
        for seen in range(1, 1500):
            run.metrics({"loss": 1 / seen}, seen)
        run.artifact(model, "model")
        begin = time.monotonic()
    assert time.monotonic() - begin < 60
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
def test_server_that_never_answers_neither_slows_nor_stops(spool, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "3")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{deaf.getsockname()[1]}")
        costs = []
        with start(spool, "deaf") as run:
            for seen in range(2000):
                begin = time.perf_counter()
                run.metrics({"loss": 1.0, "other": 2.0}, seen)
                costs.append(time.perf_counter() - begin)
            begin = time.monotonic()
        assert time.monotonic() - begin < 60
    assert np.median(costs) < 1e-3
    (box,) = waiting(spool)
    kept = [event["step"] for event, _ in box.events(0) if "loss" in event.get("values", {})]
    assert kept == list(range(2000))


def test_resumed_training_continues_its_run_and_repeats_nothing(spool, database):
    with pytest.raises(RuntimeError), start(spool, "resumed") as run:
        for seen in (0, 8, 16, 24):
            run.metrics({"loss": 1 / (seen + 1)}, seen)
        raise RuntimeError("out of memory")
    (failed,) = runs(database, "tags.fingerprint = 'resumed'")
    assert failed.info.status == "FAILED"
    with start(spool, "resumed") as run:
        for seen in (16, 24, 32):
            run.metrics({"loss": 1 / (seen + 1)}, seen)
    (found,) = runs(database, "tags.fingerprint = 'resumed'")
    assert found.info.status == "FINISHED"
    assert steps(database, found, "loss") == [0, 8, 16, 24, 32]


def test_events_of_a_killed_process_are_sent_by_the_next(spool, database):
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from facepencil.tracking.run import Tracker\n"
        "run = Tracker.start('test', 'n', {}, {'fingerprint': 'killed'}, Path(sys.argv[1]))\n"
        "[run.metrics({'loss': 1.0 / (n + 1)}, n) for n in range(50)]\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(spool)])
    assert done.returncode == -signal.SIGKILL
    (box,) = waiting(spool)
    with (box.folder / "events.jsonl").open("ab") as file:
        file.write(b'{"kind": "metrics", "ti')  # as torn by the kill
    with start(spool, "another"):
        pass
    (found,) = runs(database, "tags.fingerprint = 'killed'")
    assert found.info.status == "KILLED"
    assert steps(database, found, "loss") == list(range(50))
    assert waiting(spool) == []


def test_what_a_living_process_writes_is_left_to_it(spool, database):
    with start(spool, "living") as run:
        run.metrics({"loss": 1.0}, 0)
        send(spool)
        assert len(waiting(spool)) == 1
        run.metrics({"loss": 0.5}, 8)
    (found,) = runs(database, "tags.fingerprint = 'living'")
    assert found.info.status == "FINISHED"
    assert steps(database, found, "loss") == [0, 8]


def test_sending_again_changes_nothing(spool, database, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    with start(spool, "again") as run:
        run.metrics({"loss": 1.0, "none": float("nan")}, 0)
        run.dataset("faces", "cd" * 32, "data/faces")
    (box,) = waiting(spool)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", database)
    server = tracking._Server()
    server.take(box)
    (box.folder / "sent.json").unlink()  # as when killed between sending and marking
    tracking._Server().take(box)
    (found,) = runs(database, "tags.fingerprint = 'again'")
    assert steps(database, found, "loss") == [0]
    assert steps(database, found, "none") == [0]
    assert len(found.inputs.dataset_inputs) == 1


def test_evaluation_joins_the_run_of_its_training(spool, database):
    with start(spool, "judged") as run:
        run.metrics({"loss": 1.0}, 64)
        run.tag("model_sha256", "feed")
    (before,) = runs(database, "tags.fingerprint = 'judged'")
    with Tracker.attach("feed", spool) as run:
        run.metrics({"lpips/d11": 0.21}, 64)
    (after,) = runs(database, "tags.model_sha256 = 'feed'")
    assert after.info.run_id == before.info.run_id
    assert after.data.metrics["lpips/d11"] == 0.21
    assert after.info.end_time == before.info.end_time


def test_evaluation_of_an_unknown_model_gets_a_run_of_its_own(spool, database):
    for value in (0.3, 0.2):
        with Tracker.attach("beef", spool) as run:
            run.metrics({"lpips/d11": value}, 64)
    (found,) = runs(database, "tags.model_sha256 = 'beef'")
    assert found.info.status == "FINISHED"
    assert found.data.metrics["lpips/d11"] == 0.2


def test_refused_event_is_left_out_and_the_rest_arrives(spool, database, capfd):
    Path("broken.png").write_bytes(b"no image")
    with start(spool, "refused") as run:
        run.metrics({"what?!": 1.0}, 0)
        run.image(Path("broken.png"), "samples")
        run.tag("after", "yes")
    (found,) = runs(database, "tags.fingerprint = 'refused'")
    errors = capfd.readouterr().err
    assert found.data.tags["after"] == "yes"
    assert "MLflow refuses metrics" in errors and "MLflow refuses image" in errors


def test_missing_artifact_stops_nothing(spool, database, capfd):
    with start(spool, "missing") as run:
        run.artifact(Path("no/such/file"))
    (found,) = runs(database, "tags.fingerprint = 'missing'")
    assert found.info.status == "FINISHED"
    assert "no/such/file" in capfd.readouterr().err


def test_engine_rule_and_commit_are_tags(spool, database, monkeypatch, tmp_path):
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True).stdout
    (tmp_path / ".gitignore").write_text("spool\nmlruns\n")
    monkeypatch.setenv("DVC_STAGE", "train@ours-3")
    with start(spool, "tagged"):
        pass
    (found,) = runs(database, "tags.fingerprint = 'tagged'")
    assert found.data.tags["engine"] == "dvc"
    assert found.data.tags["rule"] == "train@ours-3"
    assert found.data.tags["mlflow.source.git.commit"] == commit.strip()
    assert found.data.tags["git.dirty"] == "true"


@pytest.mark.slow
@pytest.mark.timeout(800)
def test_four_first_users_of_a_fresh_database(tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from facepencil import tracking; from facepencil.tracking.run import Tracker\n"
        "tracking._LEAVE_S = 600  # four imports of MLflow at once may take long\n"
        "name = sys.argv[1]\n"
        "with Tracker.start('f', name, {'a': 1}, {'fingerprint': name}, Path('spool')) as run:\n"
        "    run.metrics({'loss': 1.0}, 0)\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "MLFLOW_TRACKING_URI"}
    jobs = [
        subprocess.Popen([sys.executable, "-c", code, str(n)], cwd=tmp_path, env=environment)
        for n in range(4)
    ]
    assert [job.wait() for job in jobs] == [0] * 4
    assert waiting(tmp_path / "spool") == []
    found = runs(f"sqlite:///{tmp_path}/mlflow.db", "metrics.loss = 1")
    assert sorted(run.info.run_name for run in found) == ["0", "1", "2", "3"]
    assert all(run.info.status == "FINISHED" for run in found)


values = st.integers() | st.text() | st.none() | st.lists(st.integers()) | st.just("x" * 900)
names = st.sampled_from("abc")


@given(st.dictionaries(names, values | st.dictionaries(names, values | st.just({"d": 1}))))
def test_flat_names_lead_to_the_values(tree):
    for name, text in flatten(tree).items():
        value = tree
        for key in name.split("."):
            value = value[key]
        whole = value if isinstance(value, str) else json.dumps(value)
        assert text == whole or (len(text) == 500 and whole.startswith(text[:-1]))
