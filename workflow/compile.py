"""Compiles dvc.yaml from the jobs of params.yaml: `python -m workflow.compile`.

DVC's own templates cannot list the files of all shards, nor find which variants share a way of
drawing; so every job stands there as a stage of its own, with named files alone.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from facepencil.config.params import Params, load_params
from facepencil.store import write_text
from pipeline import layout
from pipeline.graph import Job, drawing_files, jobs

DVC_YAML = Path("dvc.yaml")
PLANS = Path("data/plan")
"""Folder of what code and params mean for each job.

A file a stage of the pipeline, and JSON: DVC reads and searches it anew for every job.
"""
_HEAD = """\
# The graph for DVC, compiled from params.yaml by `python -m workflow.compile`: do not edit.
# Its twin is workflow/Snakefile; a test holds the two together.
"""
_READ_BY_PLAN = ["params.yaml", "pipeline", "requirements.lock", "src/facepencil", "workflow"]


def _shown(params: Params) -> dict[str, list[str]]:
    """What `dvc params`, `dvc metrics` and `dvc plots` show."""
    plots = [
        str(layout.figures(table) / f"{name}.png")
        for table in params.tables
        for name in ("robustness", "losses")
    ]
    return {
        "params": [str(layout.PARAMS)],
        "metrics": [str(layout.metrics(table)) for table in params.tables],
        "plots": plots,
    }


def plan_file(stage: str) -> Path:
    """Where it says what code and params mean for the jobs of a stage."""
    return PLANS / f"{stage}.json"


def stage_name(job: Job) -> str:
    """The name of a job's stage in DVC: `crop-0`, `train-ours-0`, `weights-hed_h5`, `main`."""
    if job.stage == "report":
        return job.key  # so that a table is asked for by its name
    return re.sub(r"[^A-Za-z0-9_-]", "_", f"{job.stage}-{job.key}".replace("/", "-")).strip("-")


def dvc_yaml(params: Params) -> str:
    """The text of dvc.yaml.

    Raises:
        ValueError: two jobs would bear one name.
    """
    every = jobs(params)
    stages = {"plan": _plan_stage(params, every)}
    for job in every:
        name = stage_name(job)
        if name in stages:
            raise ValueError(f"two jobs would be called {name} in dvc.yaml: rename a variant")
        stages[name] = _stage(job, name)
    text = yaml.safe_dump({**_shown(params), "stages": stages}, sort_keys=False, width=100)
    return _HEAD + text


def _plan_stage(params: Params, every: Sequence[Job]) -> dict[str, Any]:
    """What renews dvc.yaml: a drawing added is an input more, though no param changed."""
    drawings = [str(params.drawings.folder)] if drawing_files(params.drawings) else []
    files = [str(plan_file(stage)) for stage in dict.fromkeys(job.stage for job in every)]
    deps = sorted([*_READ_BY_PLAN, *drawings])
    return {"cmd": "python -m workflow.plan", "deps": deps, "outs": files}


def _stage(job: Job, name: str) -> dict[str, Any]:
    outputs: list[Any] = [str(path) for path in (*job.outputs, job.provenance)]
    if job.stage == "list":
        # A colleague who lacks the photos keeps the lists that were pulled.
        outputs = [{path: {"persist": True}} for path in outputs]
    stage: dict[str, Any] = {"cmd": job.command}
    if job.inputs or job.folders:
        stage["deps"] = [str(path) for path in (*job.inputs, *job.folders)]
    return stage | {"params": [{str(plan_file(job.stage)): [name]}], "outs": outputs}


def renew(params: Params) -> bool:
    """Bring dvc.yaml up to date; returns whether it was not."""
    return write_changed(DVC_YAML, dvc_yaml(params))


def write_changed(path: Path, text: str) -> bool:
    """Write a file, unless it holds that text already; returns whether it did not."""
    if path.exists() and path.read_text() == text:
        return False
    write_text(path, text)
    return True


if __name__ == "__main__":
    renew(load_params(layout.PARAMS))
