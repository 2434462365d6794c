"""Jobs of a real Slurm of two nodes make the bytes of one machine, whatever befalls them."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.commands import wait_for
from tests.fixtures.slurm import Slurm
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


def test_shards_side_by_side_and_a_training_that_is_cancelled(finished: Any, slurm: Slurm) -> None:
    """A short form of what tests/workflow/test_slurm_faults.py does at length."""
    wanted = finished.outputs()
    forget(finished, *FACES, MODEL)
    shutil.rmtree(finished.root / "state/trainings")
    engine = finished.start(*BY_SLURM, *FACES, MODEL)
    wait_for(lambda: list(finished.root.glob("state/trainings/*/lock")))
    (training,) = [job for job, name in slurm.jobs("running").items() if "rule_train" in name]
    slurm.tell("scancel", training)
    said, _ = engine.communicate()
    assert engine.returncode == 0, said[-3000:]
    assert finished.outputs() == wanted
    first, second = said_in(finished, "train")
    assert "train ours/0: asked to leave, saved after 4 photos" in first
    assert "train ours/0: models/ours/0.safetensors" in second
    assert len(said_in(finished, "crop")) == 2
    assert slurm.nodes("crop") == {"node1", "node2"}
    assert slurm.gpus("train") == {1} and slurm.gpus("crop") == {0}


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
