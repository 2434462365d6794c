# What several rules need. The stages read params.yaml themselves, so it must be what Snakemake saw.
import os
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(workflow.basedir).parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from facepencil.config.params import load_params
from facepencil.config.section import ConfigError
from pipeline import graph, holder, layout
from workflow.currency import mark, marker

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
VARIANTS = list(dict.fromkeys(PARAMS.run.variants))
SEEDS = PARAMS.run.seeds
JOBS = {(job.stage, job.key): job for job in graph.jobs(PARAMS)}
EVERYTHING = [str(path) for job in JOBS.values() for path in (*job.outputs, job.provenance)]

# Jobs, those on other machines too, inherit both.
os.environ["FACEPENCIL_ENGINE"] = "snakemake"
os.environ.setdefault(holder.ENV, str(os.getpid()))

if workflow.is_main_process and str(workflow.exec_mode) == "default":
    for name, why in mark(PARAMS).items():
        print(f"{name} runs again: {why}", file=sys.stderr)


def needs(stage, *keys):
    """The inputs of a job, and the marker that is newer than its outputs if they are outdated.

    `keys` are the wildcards that tell the jobs of the stage apart, in the order of their options.
    """

    def of(wildcards):
        parts = [str(getattr(wildcards, key)).rstrip("/") for key in keys]
        key = "/".join(part for part in parts if part)
        if (stage, key) not in JOBS:
            raise WorkflowError(f"params.yaml asks for no job {stage} {key}")
        inputs = [ancient(str(path)) for path in JOBS[stage, key].inputs]
        return [*inputs, marker(stage, key)]

    return of


def option(wildcards):
    """`--drawing NAME` where a job draws otherwise than params.yaml says."""
    return f" --drawing {wildcards.drawing.rstrip('/')}" if wildcards.drawing else ""


def is_dual(wildcards):
    """Variants of two generators take twice as long: they start first."""
    return int(PARAMS.of_variant(wildcards.variant).model.kind == "dual")


def go_on():
    """Run what new outputs made outdated, as this run was asked to; at the end, tell DVC."""
    left = " ".join(sorted(mark(PARAMS)))
    if left and left != os.environ.get("FACEPENCIL_LEFT"):
        again = [sys.executable, "-m", "snakemake", *sys.argv[1:], "--nolock"]
        subprocess.run(again, env={**os.environ, "FACEPENCIL_LEFT": left}, check=True)
    elif not left:
        subprocess.run([sys.executable, "-m", "workflow.sync"], check=False)


wildcard_constraints:
    drawing=r"(?:[A-Za-z][^/]*/)?",
    shard=r"\d+",
    seed=r"\d+",
    size=r"\d+",
    variant=r"[A-Za-z][A-Za-z0-9_.-]*",
