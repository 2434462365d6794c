"""A real MLflow server that can be killed, and runs that go to it or to a database."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from facepencil.tracking import run as run_module
from facepencil.tracking.run import Tracker
from tests.fixtures.commands import wait_for

PARAMS = {"seed": 3, "train": {"batch": 8, "stages": [0, 0, 64]}}
Starter = Callable[..., Tracker]


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
        """Return once it answers."""
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
        wait_for(self.answers)

    def answers(self) -> bool:
        assert self.process.poll() is None, "the server ended"
        try:
            return requests.get(f"{self.uri}/health", timeout=1).ok
        except requests.RequestException:
            return False

    def kill(self) -> None:
        """Kill it with its workers."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, database: str) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(database.removeprefix("sqlite:///"), folder / "server.db")
    server = Server(folder)
    yield server
    server.kill()


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str) -> Path:
    """A spool beside an empty working directory, sent often to `database`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", database)
    monkeypatch.setattr(run_module, "_SEND_S", 0.2)
    return tmp_path / "spool"


@pytest.fixture
def start(spool: Path) -> Starter:
    """Starts the run of a training with that fingerprint."""

    def begin(fingerprint: str, **tags: str) -> Tracker:
        known = {"fingerprint": fingerprint, **tags}
        return Tracker.start("test", "ours/3", PARAMS, known, spool)

    return begin
