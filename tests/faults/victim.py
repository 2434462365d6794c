"""A job of a finished project that runs again while something is wrong."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from facepencil.config.params import load_params
from pipeline import layout
from pipeline.graph import Job, jobs
from tests.faults.forge import Forge, Run
from tests.fixtures.commands import ROOT
from tests.fixtures.projects import Project

FIRST = {job.stage: job for job in reversed(jobs(load_params(ROOT / "presets/test.yaml")))}
"""One job of every stage, by the stage's name."""

ENDS = {".png": b"IEND\xaeB`\x82", ".html": b"</html>\n"}
"""Of files that show costs, as pictures of any length."""

SLOW = ("sketch", "reference", "evaluate", "drawings", "drawn")
"""Stages of many seconds: the short form leaves them out."""


def stages(torture: bool) -> Sequence[str]:
    """Stages that are tried: all of them at length, else those that end soon."""
    return [name for name in FIRST if torture or name not in SLOW]


class Victim:
    """A job in a finished project, and the bytes that its run must end with."""

    def __init__(self, project: Project, forge: Forge, job: Job) -> None:
        self.root, self._forge, self.job = project.root, forge, job
        names = (*job.outputs, job.provenance)
        self._bytes = {str(name): (project.root / name).read_bytes() for name in names}

    @property
    def size(self) -> int:
        """Bytes of all that the job makes."""
        return sum(map(len, self._bytes.values()))

    def clear(self) -> None:
        """Remove what the job made, and the states from which a training would go on."""
        for name in self._bytes:
            (self.root / name).unlink(missing_ok=True)
        if self.job.stage == "train":
            shutil.rmtree(self.root / layout.TRAININGS, ignore_errors=True)

    def restore(self) -> None:
        """Put back what was there, costs of trainings too, which are others every time."""
        for name, data in self._bytes.items():
            (self.root / name).write_bytes(data)

    def start(self) -> Run:
        """Start the job."""
        options = [
            part for name, value in self.job.options.items() for part in (f"--{name}", value)
        ]
        return self._forge.start(self.job.stage, [str(part) for part in options])

    def run(self) -> subprocess.CompletedProcess[str]:
        """Run the job to whatever end."""
        return self.start().wait()

    def spoilt(self) -> list[str]:
        """Outputs that are there and hold anything but what they should."""
        there = {name: self.root / name for name in self._bytes if (self.root / name).exists()}
        return [name for name, path in there.items() if not self._whole(name, path.read_bytes())]

    def _whole(self, name: str, found: bytes) -> bool:
        if layout.varies(name) and (end := ENDS.get(Path(name).suffix)):
            return found.endswith(end)
        if layout.varies(name):  # costs are other numbers, and as long
            return abs(len(found) - len(self._bytes[name])) < 200
        return found == self._bytes[name]

    def assert_ends_as_usual(self) -> None:
        """The next run ends with the usual bytes, and leaves nothing beside them."""
        done = self.run()
        assert done.returncode == 0, done.stdout[-3000:]
        assert [name for name in self._bytes if not (self.root / name).exists()] == []
        assert self.spoilt() == []
        folders = {(self.root / name).parent for name in self._bytes}
        assert [path for folder in folders for path in folder.glob(".*.tmp*")] == []

    def why(self, done: subprocess.CompletedProcess[str]) -> str:
        """The line in which a failed job says why; anything more on the terminal is an error."""
        log = layout.log(self.job.stage, self.job.options)
        usual = {f"{self.job.name} ...", f"  all it said is in {log}"}
        told = [line for line in done.stdout.splitlines() if line not in usual]
        assert done.returncode in (1, 2), done.stdout[-3000:]
        assert len(told) == 1 and told[0].startswith(f"{self.job.name} failed: "), done.stdout
        return told[0].partition(" failed: ")[2]
