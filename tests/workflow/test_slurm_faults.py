"""What befalls jobs on a cluster, at length: `make cluster-test`."""

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.reads import READS
from tests.fixtures.commands import wait_for
from tests.fixtures.slurm import NODES, Slurm
from tests.workflow.test_slurm import BY_SLURM, MODEL, forget, said_in

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(5400)]

LOCAL = {"weights", "list", "download", "report"}
ROWS = 100
QUEUE = 20
PHOTOS = 9600
"""Of a training that takes minutes, even of an idle machine."""


def running(slurm: Slurm, rule: str) -> Callable[[], bool]:
    return lambda: any(name.startswith(f"rule_{rule}_") for name in slurm.jobs("running").values())


def test_the_whole_graph_while_a_node_is_drained_and_brought_back(
    new_project: Any, by_snakemake: Any, slurm: Slurm
) -> None:
    project = new_project()
    engine = project.start(*BY_SLURM)
    wait_for(running(slurm, "crop"))
    slurm.tell("scontrol", "update", "nodename=node1", "state=drain", "reason=test")
    wait_for(lambda: all((project.root / f"data/sketches/{n}.zip").exists() for n in (0, 1)))
    slurm.tell("scontrol", "update", "nodename=node1", "state=resume")
    said, _ = engine.communicate()
    assert engine.returncode == 0, said[-3000:]
    ours, theirs = project.outputs(), by_snakemake.outputs()
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []
    by_nodes = {path.name.removeprefix("rule_") for path in project.root.glob("logs/slurm/*")}
    assert by_nodes == set(READS) - LOCAL - {"palette"}
    assert slurm.nodes(project.root, "sketch") == {"node2"}
    assert slurm.nodes(project.root, "train") == set(NODES)
    assert slurm.gpus(project.root, "train") == {1}


@pytest.fixture(scope="module")
def long_training(by_snakemake: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A finished run whose training takes minutes."""
    project = by_snakemake.copy(tmp_path_factory.mktemp("long") / "project")
    project.edit("train.stages", [16, 16, PHOTOS])
    project.edit("watch.state_every", 100_000)
    project.run("snakemake", "--cores", "1", MODEL)
    return project


@pytest.mark.parametrize(
    ("minutes", "extra", "ended"),
    [(3, "--signal=USR1@60", "FAILED"), (1, "--requeue", "TIMEOUT")],
    ids=["before its limit", "at its limit"],
)
def test_a_training_over_its_time_limit_goes_on(
    long_training: Any, tmp_path: Path, slurm: Slurm, minutes: int, extra: str, ended: str
) -> None:
    """By the signal that was asked for, which may come a minute early, and by that of the limit."""
    wanted = (long_training.root / MODEL).read_bytes()
    project = long_training.copy(tmp_path / "project")
    forget(project, MODEL)
    shutil.rmtree(project.root / "state/trainings")
    claims = (f"train:runtime={minutes}", f"train:slurm_extra='{extra}'")
    project.run(*BY_SLURM, "--retries", "30", "--set-resources", *claims, "--", MODEL)
    assert (project.root / MODEL).read_bytes() == wanted
    attempts = said_in(project, "train")
    assert len(attempts) > 1
    saved = [re.findall(r"asked to leave, saved after (\d+) photos", one) for one in attempts]
    assert all(len(one) == 1 for one in saved[:-1]) and not saved[-1]
    photos = [int(one[0]) for one in saved[:-1]]
    assert photos == sorted(set(photos))
    assert slurm.states(project.root, "train") == {ended, "COMPLETED"}


def many_rows(project: Any) -> None:
    """Tiny trainings that differ in one weight, as the rows of one table."""
    path = project.root / "params.yaml"
    params = yaml.safe_load(path.read_text())
    rows = {f"row_{n}": {"train": {"l1_weight": float(n + 1)}} for n in range(ROWS)}
    params |= {"tables": {"ablation": list(rows)}, "variants": rows}
    params["train"]["stages"] = [0, 0, 32]
    params["drawings"]["folder"] = None
    path.write_text(yaml.safe_dump(params, sort_keys=False))


def finished_rows(project: Any, rule: str) -> list[str]:
    """Rows that jobs of a rule said to have finished, each as often as they said it."""
    return re.findall(rf"^{rule} (row_\d+)/0: .*\(.*\)$", "\n".join(said_in(project, rule)), re.M)


def test_a_table_of_many_rows_survives_its_head(by_snakemake: Any, tmp_path: Path, slurm: Slurm):
    project = by_snakemake.copy(tmp_path / "project")
    many_rows(project)
    command = (*BY_SLURM, "--jobs", str(QUEUE), "ablation")
    begun = time.monotonic()
    engine = project.start(*command)
    wait_for(lambda: len(finished_rows(project, "train")) >= ROWS // 4)
    wait_for(running(slurm, "train"))
    engine.kill()
    engine.communicate()
    died, left = time.monotonic(), len(slurm.jobs("running,pending"))
    assert left
    second = project.start(*command)
    seen = []
    while second.poll() is None:
        seen.append([len(slurm.jobs(state)) for state in ("running,pending", "running")])
        time.sleep(2)
    said = second.communicate()[0]
    assert second.returncode == 0, said[-3000:]
    ended = time.monotonic()
    (cancelled,) = re.findall(r"cancels (\d+) jobs of a run that died", said)
    assert 0 < int(cancelled) <= left  # some end by themselves meanwhile
    for rule in ("train", "evaluate"):
        done = finished_rows(project, rule)
        assert sorted(done) == sorted(f"row_{n}" for n in range(ROWS)), rule
    assert (
        len((project.root / "results/tables/ablation/table1.csv").read_text().splitlines()) > ROWS
    )
    spent = f"{died - begun:.0f} s until its head died, {ended - died:.0f} s after it"
    queued, run = (sum(counts) / len(seen) for counts in zip(*seen, strict=True))
    print(
        f"{ROWS} rows: {spent}, when {queued:.1f} of at most {QUEUE} jobs were in the queue on "
        f"average, {run:.2f} of them on {len(NODES)} nodes"
    )
