# What several rules need. The stages read params.yaml themselves, so it must be what Snakemake saw.
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(workflow.basedir).parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from facepencil.config.params import load_params
from facepencil.config.section import ConfigError
from facepencil.gpus import count_gpus
from facepencil.tracking.spool import LATER, waiting
from pipeline import graph, holder, layout
from workflow.claims import claim
from workflow.currency import mark, marker
from workflow.orphans import end_orphans
from workflow.terminal import Quiet

logging.getLogger("snakemake.logging").addFilter(
    Quiet(lambda: workflow.dryrun, lambda: workflow.non_local_exec)
)

if config != yaml.safe_load(Path("params.yaml").read_text()):
    raise WorkflowError(
        "--config and --configfile are not used here: both engines read params.yaml; "
        "edit it, or copy one of presets/*.yaml over it"
    )

try:
    PARAMS = load_params(Path("params.yaml"))
except ConfigError as error:
    raise SystemExit(str(error))

SHARDS = PARAMS.shards
ASKED = [table for table in PARAMS.tables if table in sys.argv] or list(PARAMS.tables)
JOBS = {(job.stage, job.key): job for job in graph.jobs(PARAMS)}

# Jobs, those on other machines too, inherit all of it.
os.environ.update(FACEPENCIL_ENGINE="snakemake", **LATER)
os.environ.setdefault(holder.ENV, str(os.getpid()))

if workflow.is_main_process and str(workflow.exec_mode) == "default":
    try:
        holder.refuse_others(int(os.environ[holder.ENV]))
    except holder.TreeHeld as error:  # a dry run may go on; any other meets Snakemake's own lock
        print(error, file=sys.stderr)
    ROUND = mark(PARAMS)
    for name, why in ROUND.outdated.items():
        print(f"{name} is outdated: {why}", file=sys.stderr)
    if ROUND.outdated and ROUND.waiting:
        print(
            f"{len(ROUND.waiting)} jobs wait for these: they run if results change", file=sys.stderr
        )
    WAITING = ROUND.waiting
else:
    WAITING = frozenset()

if str(workflow.exec_mode) == "remote":
    # A batch system signals all processes of a job: this one and its shell ignore or outlive what is
    # meant for the training, which needs some seconds to save its state.
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    shell.prefix("trap : TERM; set -euo pipefail; ")
    try:
        holder.refuse_others(int(os.environ[holder.ENV]))
    except (
        holder.TreeHeld
    ) as error:  # the run that submitted this job has died, and another took over
        raise SystemExit(str(error))


def outputs_of(tables):
    """All that some tables ask for, but for what waits for a later round."""
    return [
        str(path)
        for job in graph.jobs(PARAMS, tables)
        if job.name not in WAITING
        for path in (*job.outputs, job.provenance)
    ]


def needs(stage, *keys):
    """The inputs of a job, and the marker that is newer than its outputs if they are outdated.

    `keys` are the wildcards that tell the jobs of the stage apart, in the order of their options.
    """

    def of(wildcards):
        job = job_of(stage, keys, wildcards)
        return [*(ancient(str(path)) for path in job.inputs), marker(stage, job.key)]

    return of


def job_of(stage, keys, wildcards):
    """The job of a stage that its wildcards tell."""
    parts = [str(getattr(wildcards, key)).rstrip("/") for key in keys]
    key = "/".join(part for part in parts if part)
    if (stage, key) not in JOBS:
        raise WorkflowError(f"params.yaml asks for no job {stage} {key}")
    return JOBS[stage, key]


def claims(stage, *keys):
    """What a job asks of a batch system; on one machine it limits nothing.

    Snakemake asks again where a file is missing: the number of photos, on which all but the GPUs
    depend, is known when inputs are.
    """

    def of(name):
        def value(wildcards, input, attempt):
            for path in input if name != "gpu" else ():
                os.stat(path)
            return getattr(claim(job_of(stage, keys, wildcards), SHARDS, attempt), name)

        return value

    return {name: of(name) for name in ("mem_mb", "runtime", "gpu")}


def option(wildcards):
    """`--drawing NAME` where a job draws otherwise than params.yaml says."""
    return f" --drawing {wildcards.drawing.rstrip('/')}" if wildcards.drawing else ""


def is_dual(wildcards):
    """Variants of two generators take twice as long: they start first."""
    return int(PARAMS.of_variant(wildcards.variant).model.kind == "dual")


def limit_gpus():
    """Let as many jobs with a GPU run at once as this machine has; `--resources gpu=N` says less.

    A job then takes a free one by a lock file, whoever else works on this machine.
    """
    there = count_gpus()
    if there and "gpu" not in workflow.resource_settings.resources:
        workflow.register_resource("gpu", there)
    return there


def hold_tree():
    """Keep other engines out; rounds after the first belong to the process of the first."""
    try:
        holder.hold("snakemake", int(os.environ[holder.ENV]))
    except holder.TreeHeld as error:
        raise SystemExit(str(error))
    if end_orphans(Path.cwd()):  # what is missing has to be looked for again
        os.execv(sys.executable, [sys.executable, "-m", "snakemake", *sys.argv[1:]])
    if not GPUS and workflow.local_exec and "FACEPENCIL_LEFT" not in os.environ:
        print("no GPU here: everything is computed on the CPU", file=sys.stderr)


def go_on():
    """Run what the new outputs made outdated, as this run was asked to; at the end, tell DVC and MLflow."""
    found = mark(PARAMS)
    asked = {job.name for job in graph.jobs(PARAMS, ASKED)}
    left = " ".join(sorted(asked.intersection([*found.outdated, *found.missing])))
    if left and left != os.environ.get("FACEPENCIL_LEFT"):
        asked = [word for word in sys.argv[1:] if word != "--nolock"]
        again = [sys.executable, "-m", "snakemake", "--nolock", *asked]
        done = subprocess.run(again, env={**os.environ, "FACEPENCIL_LEFT": left}, check=False)
        if done.returncode:
            raise SystemExit(done.returncode)
        return
    if not left:
        subprocess.run([sys.executable, "-m", "workflow.sync"], check=False)
    send_runs()


def send_runs():
    """Tell MLflow what jobs left to tell; living ones, on other machines, tell it themselves."""
    if waiting(layout.TRACKING):
        subprocess.run(["facepencil", "track", "send"], check=False)


GPUS = limit_gpus() if workflow.is_main_process and workflow.local_exec else 0


wildcard_constraints:
    drawing=r"(?:[A-Za-z][^/]*/)?",
    shard=r"\d+",
    seed=r"\d+",
    size=r"\d+",
    table=r"[a-z][a-z0-9_]*",
    variant=r"[A-Za-z][A-Za-z0-9_.-]*",
