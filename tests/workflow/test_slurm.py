"""Jobs of a real Slurm of two nodes make the bytes of one machine, whatever befalls them.

In short; tests/workflow/test_slurm_faults.py does it at length.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.commands import wait_for
from tests.fixtures.slurm import NODES, Slurm
from workflow.orphans import PREFIX, end_orphans

pytestmark = pytest.mark.slow

BY_SLURM = (
    *("snakemake", "--profile", "profiles/slurm", "--slurm-status-command", "squeue"),
    *("--slurm-init-seconds-before-status-checks", "2", "--seconds-between-status-checks", "1"),
    *("--latency-wait", "5"),
)
"""As on a cluster, but for one without accounting, and with answers sooner."""
FACES = ("data/faces/0.zip", "data/faces/1.zip")
MODEL = "models/ours/0.safetensors"


def forget(project: Any, *names: str) -> None:
    for name in names:
        (project.root / name).unlink()
        (project.root / f"{name}.made.json").unlink()


def said_in(project: Any, rule: str) -> list[str]:
    """What the jobs of a rule said, in the order of their numbers."""
    logs = (project.root / "logs/slurm").glob(f"rule_{rule}/**/*.log")
    return [path.read_text() for path in sorted(logs, key=lambda path: int(path.stem))]


def test_shards_side_by_side(finished: Any, slurm: Slurm) -> None:
    wanted = finished.outputs()
    forget(finished, *FACES)
    said = finished.run(*BY_SLURM, *FACES).stdout
    assert "2 of 2 jobs are done" in said
    assert finished.outputs() == wanted
    # On a busy machine the first may be done before the second starts, and leave it its node.
    assert slurm.nodes(finished.root, "crop") <= set(NODES)
    assert slurm.gpus(finished.root, "crop") == {0}


def test_a_cancelled_training_goes_on_where_it_was(finished: Any, slurm: Slurm) -> None:
    wanted = finished.outputs()
    forget(finished, MODEL)
    shutil.rmtree(finished.root / "state/trainings")
    engine = finished.start(*BY_SLURM, MODEL)
    wait_for(lambda: list(finished.root.glob("state/trainings/*/lock")))
    slurm.tell("scancel", *slurm.jobs("running"))
    said, _ = engine.communicate()
    assert engine.returncode == 0, said[-3000:]
    assert finished.outputs() == wanted
    first, second = said_in(finished, "train")
    assert "train ours/0: asked to leave, saved after 4 photos" in first
    assert "train ours/0: models/ours/0.safetensors" in second
    log = (finished.root / "logs/train/ours-0.log").read_text()
    assert "goes on after 4 photos" in log
    assert slurm.gpus(finished.root, "train") == {1}


def test_jobs_of_a_run_that_died_are_cancelled_and_no_others(tmp_path: Path, slurm: Slurm) -> None:
    def submit(name: str, place: Path) -> str:
        place.mkdir(exist_ok=True)
        command = ("sbatch", "--parsable", f"--job-name={name}", f"--chdir={place}", "--mem=50")
        return slurm.tell(*command, "--output=/dev/null", "--wrap=sleep 600").strip()

    ours, other = tmp_path / "ours", tmp_path / "other"
    left = {submit(f"{PREFIX}1", ours), submit(f"{PREFIX}2", ours)}
    kept = {submit("shell", ours), submit(f"{PREFIX}3", other)}
    assert end_orphans(ours)
    assert not end_orphans(ours)
    there = slurm.jobs("running,pending").keys()
    assert not there & left and kept <= there
    slurm.tell("scancel", *kept)
