"""What once made a wrong result pass for a current one, told as it happened to people."""

import os
import shutil
import signal
import subprocess
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from skimage import data, io

from facepencil.store import Shard

pytestmark = pytest.mark.slow

MODEL = "models/ours/0.safetensors"
NOTHING = "Nothing to be done"


def wait_for(condition: Callable[[], Any], seconds: float = 120) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it never happened")


def training(root: Path) -> psutil.Process | None:
    """A process that trains in this tree and has begun to."""
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "pipeline.train" in words and Path(process.cwd()) == root:
            return process
    return None


@pytest.mark.parametrize("end", ["kill the stage", "terminate the group", "an exception"])
def test_a_killed_rerun_is_not_called_done(finished, end):
    before = (finished.root / MODEL).read_bytes()
    finished.edit("train.l1_weight", 3.0)
    if end == "an exception":
        states = finished.root / "state/trainings"
        states.rename(states.with_name("aside"))
        states.write_text("in the way")
        assert finished.run("snakemake", "--cores", "1", MODEL, check=False).returncode
        states.unlink()
        states.with_name("aside").rename(states)
    else:
        command = ["snakemake", "--cores", "1", MODEL]
        engine = subprocess.Popen(
            command,
            cwd=finished.root,
            env=finished.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        process = wait_for(lambda: training(finished.root))
        if end == "kill the stage":
            process.kill()
        else:
            os.killpg(engine.pid, signal.SIGTERM)
        assert engine.wait(timeout=120)
    plan = finished.run("snakemake", "-n", MODEL).stdout
    assert NOTHING not in plan and "train" in plan
    finished.run("snakemake", "--cores", "1", MODEL)
    assert (finished.root / MODEL).read_bytes() != before
    assert NOTHING in finished.run("snakemake", "-n", MODEL).stdout


def test_a_model_of_other_params_is_not_taken_for_current(finished):
    finished.commit()
    finished.run("dvc", "exp", "run", "-S", "train.gfm_weight=0", "train-ours-0")
    finished.run("git", "checkout", "params.yaml", "dvc.lock")
    plan = finished.run("snakemake", "-n").stdout
    assert "train ours/0 is outdated: params: train.gfm_weight was 0" in plan
    refused = finished.run("python", "-m", "workflow.sync", check=False)
    assert refused.returncode and "train.gfm_weight" in refused.stdout
    evaluated = finished.run(
        "python", "-m", "pipeline.evaluate", "--variant", "ours", "--seed", "0", check=False
    )
    assert evaluated.returncode == 1
    assert "models/ours/0.safetensors is not current" in evaluated.stdout


@pytest.mark.parametrize("how", ["touched", "copied over another", "from the past"])
def test_times_and_copies_of_files_deceive_nobody(finished, how):
    model, other = finished.root / MODEL, finished.root / "models/baseline/0.safetensors"
    if how == "copied over another":
        shutil.copy2(other, model)
    else:
        moment = time.time() + 1e6 if how == "touched" else 1e9
        for path in finished.root.rglob("data/**/*.zip"):
            os.utime(path, (moment, moment))
    plan = finished.run("snakemake", "-n").stdout
    if how == "copied over another":
        assert "train ours/0 is outdated: models/ours/0.safetensors has another content" in plan
    else:
        assert NOTHING in plan


def test_files_left_over_from_other_params_change_nothing(finished):
    for name, like in {
        "data/faces/7.zip": "data/faces/0.zip",
        "data/strokes/7.npz": "data/strokes/0.npz",
        "models/old/0.safetensors": MODEL,
        "results/evaluations/old/0.json": "results/evaluations/ours/0.json",
    }.items():
        (finished.root / name).parent.mkdir(exist_ok=True)
        shutil.copy2(finished.root / like, finished.root / name)
    assert NOTHING in finished.run("snakemake", "-n").stdout
    assert "up to date" in finished.run("dvc", "status").stdout
    listed = finished.run("python", "-m", "workflow.prune").stdout
    assert "models/old/0.safetensors" in listed and MODEL not in listed.splitlines()
    finished.run("python", "-m", "workflow.prune", "--yes")
    assert not (finished.root / "models/old/0.safetensors").exists()
    assert (finished.root / MODEL).exists()


def test_a_second_engine_says_who_works_here_and_leaves(finished):
    finished.edit("train.l1_weight", 3.0)
    first = finished.start("snakemake", "--cores", "1", MODEL)
    wait_for(lambda: training(finished.root))
    for command in (("snakemake", "--cores", "1"), ("dvc", "repro", "train-baseline-0")):
        second = finished.run(*command, check=False)
        assert second.returncode
        assert "works on this tree (process" in second.stdout
    assert first.wait(timeout=300) == 0


def test_a_finished_model_that_no_engine_recorded_is_not_trained_again(finished):
    (state,) = [
        path
        for path in (finished.root / "state/trainings").iterdir()
        if (path / "model.safetensors").read_bytes() == (finished.root / MODEL).read_bytes()
    ]
    trained = (state / "model.safetensors").stat().st_mtime_ns
    wanted = (finished.root / MODEL).read_bytes()
    for name in (MODEL, f"{MODEL}.made.json", "models/ours/0.jsonl"):
        (finished.root / name).unlink()
    finished.run("dvc", "repro", "train-ours-0")
    assert (finished.root / MODEL).read_bytes() == wanted
    assert (state / "model.safetensors").stat().st_mtime_ns == trained


def test_a_job_is_done_although_a_killed_engine_did_not_see_its_end(finished):
    for name in (MODEL, f"{MODEL}.made.json"):
        mark = urlsafe_b64encode(name.encode()).decode()
        (finished.root / f".snakemake/incomplete/{mark}").write_text('{"external_jobid": "7"}')
    assert NOTHING in finished.run("snakemake", "-n", MODEL).stdout
    (finished.root / f"{MODEL}.made.json").unlink()
    assert NOTHING not in finished.run("snakemake", "-n", MODEL).stdout


def test_both_engines_write_logs(by_snakemake, by_dvc):
    logs = [
        {str(path.relative_to(project.root)) for path in project.root.glob("logs/*/**/*.log")}
        for project in (by_snakemake, by_dvc)
    ]
    assert logs[0] == logs[1]
    assert "logs/train/ours-0.log" in logs[0]


def test_a_colleague_without_the_photos_goes_on(new_project, tmp_path):
    project = new_project()
    io.imsave(project.root / "photos/moon landing.png", data.astronaut())
    io.imsave(project.root / "photos/again.png", data.astronaut()[:, ::-1])
    project.edit("download.source", "folder")
    project.edit("download.limit", None)
    faces = ("data/faces/0.zip", "data/faces/1.zip")
    project.run("snakemake", "--cores", "2", *faces)
    project.run("python", "-m", "workflow.compile")
    project.run("dvc", "repro", "crop-0", "crop-1")
    project.run("dvc", "remote", "add", "-d", "shared", str(tmp_path / "remote"))
    project.commit()
    project.run("dvc", "push")
    colleague = type(project)(tmp_path / "colleague")
    project.run("git", "clone", "-q", str(project.root), str(colleague.root))
    (colleague.root / "state").mkdir()
    (colleague.root / "state/downloads").symlink_to(project.root / "state/downloads")
    colleague.run("dvc", "pull", "--with-deps", "crop-0", "crop-1")
    assert sum(len(Shard(colleague.root / name).index["faces"]) for name in faces) == 2
    assert NOTHING in colleague.run("snakemake", "-n", *faces).stdout
    done = colleague.run("dvc", "repro", "crop-0", "crop-1").stdout
    assert "Running stage 'crop" not in done and "Running stage 'download" not in done
    assert "up to date" in colleague.run("dvc", "status", "crop-0", "crop-1").stdout
