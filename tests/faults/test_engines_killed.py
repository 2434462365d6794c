"""An engine that is killed or stopped, alone or with its jobs: the next run ends as usual."""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest

from pipeline import layout
from tests.fixtures.projects import Project

pytestmark = pytest.mark.slow

COMMANDS = {
    "snakemake": ("snakemake", "--cores", "2", str(layout.deformed(1))),
    "dvc": ("dvc", "repro", "--force", "--single-item", "vectorize-1", "deform-1"),
}
MADE = (layout.strokes(1), layout.deformed(1))
KILLS = 20
HOW = {
    "SIGKILL, jobs go on": (os.kill, signal.SIGKILL),
    "SIGKILL with its jobs": (os.killpg, signal.SIGKILL),
    "SIGTERM with its jobs": (os.killpg, signal.SIGTERM),
    "SIGSTOP for a while": (os.killpg, signal.SIGSTOP),
}
IN_SHORT = ("SIGKILL, jobs go on",)


def works(root: Path) -> bool:
    """Whether a stage is at work in a tree."""
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if any(word.startswith("pipeline.") for word in words):
            try:
                if Path(process.cwd()) == root:
                    return True
            except psutil.Error:
                continue
    return False


class Engine:
    """An engine that makes strokes and test sketches of one shard anew."""

    def __init__(self, project: Project, name: str) -> None:
        self.project, self._command = project, COMMANDS[name]
        self._bytes = {path: (project.root / path).read_bytes() for path in MADE}

    def start(self) -> subprocess.Popen[bytes]:
        """Start it without what it is to make, in a group of its own."""
        for path in MADE:
            (self.project.root / path).unlink(missing_ok=True)
        return subprocess.Popen(
            self._command,
            cwd=self.project.root,
            env=self.project.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def spoilt(self) -> list[str]:
        """What is there and holds anything but what it should."""
        there = [path for path in MADE if (self.project.root / path).exists()]
        return [
            str(path)
            for path in there
            if (self.project.root / path).read_bytes() != self._bytes[path]
        ]

    def assert_ends_as_usual(self) -> None:
        """The next run ends with the usual bytes."""
        self.project.run(*self._command)
        assert all((self.project.root / path).exists() for path in MADE)
        assert self.spoilt() == []
        assert list((self.project.root / "data").rglob(".*.tmp*")) == []


def wait_for_work(engine: Engine, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None and not works(engine.project.root):
        time.sleep(0.05)


def killed(engine: Engine, how: str, seconds: float | None) -> bool:
    """Do it so long after the start, or once a stage is at work; False if it came too late."""
    process = engine.start()
    if seconds is None:
        wait_for_work(engine, process)
    else:
        time.sleep(seconds)
    send, number = HOW[how]
    if process.poll() is not None:
        return False
    send(process.pid, number)
    if number == signal.SIGSTOP:
        time.sleep(0.5)
        assert engine.spoilt() == []
        os.killpg(process.pid, signal.SIGCONT)
        return process.wait() == 0
    return process.wait() != 0


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("how", HOW)
def test_killed_at_random_moments(
    how: str,
    name: str,
    by_snakemake: Project,
    tmp_path: Path,
    torture: bool,
    tally: Counter[str],
) -> None:
    if not torture and how not in IN_SHORT:
        pytest.skip("in short other ways are tried")
    engine = Engine(by_snakemake.copy(tmp_path / "project"), name)
    draw, begun = random.Random(how + name), time.monotonic()
    moments: list[float | None] = [None]
    if torture:
        engine.start().wait()
        length = time.monotonic() - begun
        moments += [draw.uniform(0, length) for _ in range(KILLS // len(HOW) - 1)]
    for moment in moments:
        if killed(engine, how, moment):
            tally[f"{name}: {how}"] += 1
        assert engine.spoilt() == []
        engine.assert_ends_as_usual()
