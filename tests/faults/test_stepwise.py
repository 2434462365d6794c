"""Law 4: killed at any instant, the next run finishes with the bytes of an undisturbed one.

Outputs change only where a stage opens, writes or renames them or their temporary files. A run is
killed just before a few of those steps, and once in the middle of a write: never too late, and the
same at every repeat.
"""

import random
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from facepencil.config.params import load_params
from pipeline.graph import Job, jobs
from tests.fixtures.commands import ROOT

pytestmark = pytest.mark.slow

FIRST = {job.stage: job for job in reversed(jobs(load_params(ROOT / "presets/test.yaml")))}
"""One job of every stage."""
KILLS = 2
NEVER = 10**9
STEPWISE = """
import atexit, os, resource, runpy, signal, sys
from pathlib import Path

stage, last, tear, *names = sys.argv[1].split(",")
outputs = dict(name.split("=") for name in names)
steps = 0
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

def watch(event, arguments):
    global steps
    if event in ("open", "os.rename") and isinstance(arguments[0], (str, os.PathLike)):
        path = Path(arguments[0])
        half = outputs.get(str(path.with_name(path.name.replace(".tmp", "").lstrip("."))))
        if half and steps == int(last):
            os.kill(os.getpid(), signal.SIGKILL)
        if half and tear:
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(half), int(half)))
        steps += bool(half)

atexit.register(lambda: Path("steps").write_text(str(steps)))
sys.addaudithook(watch)
sys.argv = [stage, *sys.argv[2:]]
runpy.run_module(f"pipeline.{stage}", run_name="__main__")
"""


class Victim:
    """A job in a finished project, to be run again and killed on the way."""

    def __init__(self, project: Any, job: Job) -> None:
        self._project, self._job = project, job
        outputs = (*job.outputs, job.provenance)
        self.wanted = {project.root / name: (project.root / name).read_bytes() for name in outputs}

    def run(self, last: int = NEVER, tear: bool = False) -> int:
        """Run without outputs up to a step, or to the middle of the first write; gives its end."""
        for path in self.wanted:
            path.unlink(missing_ok=True)
        halves = [
            f"{path.relative_to(self._project.root)}={max(1, len(data) // 2)}"
            for path, data in self.wanted.items()
        ]
        told = ",".join([self._job.stage, f"{last}", "tear" if tear else "", *halves])
        options = [part for k, v in self._job.options.items() for part in (f"--{k}", f"{v}")]
        return int(
            self._project.run("python", "-c", STEPWISE, told, *options, check=False).returncode
        )

    def steps(self) -> int:
        """How often the last run touched an output."""
        return int((self._project.root / "steps").read_text())

    def other(self) -> list[Path]:
        """Outputs that are there with other bytes than wanted."""
        return [p for p, data in self.wanted.items() if p.exists() and p.read_bytes() != data]


@pytest.fixture(scope="module")
def disturbed(by_snakemake: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    target = tmp_path_factory.mktemp("killed") / "project"
    shutil.copytree(by_snakemake.root, target, symlinks=True)
    return type(by_snakemake)(target)


@pytest.mark.parametrize("stage", FIRST)
def test_killed_then_rerun_ends_with_the_same_bytes(disturbed, stage):
    victim = Victim(disturbed, FIRST[stage])
    assert victim.run() == 0
    count = victim.steps()
    assert count >= 3 * len(victim.wanted), "each is opened, synced and renamed"
    for last in random.Random(stage).sample(range(count), KILLS):
        assert victim.run(last) == -signal.SIGKILL
        assert victim.other() == [], f"half written after {last} of {count} steps"
    assert victim.run(tear=True) == -signal.SIGXFSZ
    assert victim.other() == [], "half written"
    assert victim.run() == 0
    assert all(path.exists() for path in victim.wanted) and victim.other() == []
    assert [left for path in victim.wanted for left in path.parent.glob(".*.tmp*")] == []
