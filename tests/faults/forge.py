"""Stages in processes that are forked from one that has loaded their libraries.

What a fault meets is then a stage's own work, and not the seconds in which it starts.
"""

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.fixtures.projects import Project

_SERVER = """
import importlib, json, os, sys
from pipeline.launch import launch

for line in sys.stdin:
    stage, said, *options = json.loads(line)
    module = importlib.import_module(f"pipeline.{stage}")
    child = os.fork()
    if not child:
        file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(file, stream)
        sys.argv = [f"pipeline/{stage}.py", *options]
        launch(module.main)
    print(child, flush=True)
    sys.stdin.readline()
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Run:
    """A stage at work; its number is its own until `wait` has returned."""

    def __init__(self, forge: "Forge", pid: int) -> None:
        self._forge, self._pid = forge, pid

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; one to a stage that has ended does nothing."""
        os.kill(self._pid, number)

    def wait(self) -> subprocess.CompletedProcess[str]:
        """How it ended, and what it said on the terminal."""
        return self._forge.ended()


class Forge:
    """Forks the stages of a project; one at a time."""

    def __init__(self, project: Project, folder: Path) -> None:
        self._said = folder / "said"
        self._process = subprocess.Popen(
            ["python", "-c", _SERVER],
            cwd=project.root,
            env=project.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, stage: str, options: Sequence[str]) -> Run:
        """Start a stage with options of its command line."""
        self._tell(json.dumps([stage, str(self._said), *options]))
        return Run(self, int(self._line()))

    def ended(self) -> subprocess.CompletedProcess[str]:
        """Wait for the stage that was started."""
        self._tell("")
        status = int(self._line())
        return subprocess.CompletedProcess([], status, self._said.read_text(), "")

    def _tell(self, line: str) -> None:
        print(line, file=self._process.stdin, flush=True)

    def _line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the process that forks is gone"
        return line

    def close(self) -> None:
        """End the process that forks."""
        with self._process:
            assert self._process.stdin
            self._process.stdin.close()
