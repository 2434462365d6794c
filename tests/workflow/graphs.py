"""Prints the graph of one engine as JSON: python graphs.py snakemake|dvc (at a project's root).

One entry per job: stage, command, inputs and outputs, and in Snakemake the GPUs that it claims.
"""

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

MARKERS = "state/current/"
PLANS = "data/plan/"


def snakemake_graph() -> list[dict[str, Any]]:
    from snakemake.api import SnakemakeApi
    from snakemake.settings.enums import Quietness
    from snakemake.settings.types import DAGSettings, OutputSettings, ResourceSettings

    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        opened = api.workflow(
            resource_settings=ResourceSettings(cores=1), snakefile=Path("Snakefile")
        )
        dag = opened.dag(DAGSettings(forceall=True))
        with contextlib.redirect_stdout(io.StringIO()):
            dag.printrulegraph()
        return [
            {
                "stage": job.rule.name,
                "command": job.shellcmd,
                "inputs": [str(path) for path in job.input if not str(path).startswith(MARKERS)],
                "outputs": [str(path) for path in job.output],
                "gpu": job.resources.get("gpu"),
            }
            for job in opened._workflow.dag.jobs
            if job.shellcmd  # but for the targets, which run nothing
        ]


def dvc_graph() -> list[dict[str, Any]]:
    from dvc.dependency.param import ParamsDependency
    from dvc.repo import Repo

    with Repo(".") as repo:
        return [
            {
                "stage": stage.cmd.split()[2].removeprefix("pipeline."),
                "command": stage.cmd,
                "inputs": [
                    dep.def_path for dep in stage.deps if not isinstance(dep, ParamsDependency)
                ],
                "outputs": [str(out.def_path) for out in stage.outs],
                "planned": [
                    key
                    for dep in stage.deps
                    if isinstance(dep, ParamsDependency) and dep.def_path.startswith(PLANS)
                    for key in dep.params
                ],
            }
            for stage in repo.index.stages
        ]


if __name__ == "__main__":
    graph = {"snakemake": snakemake_graph, "dvc": dvc_graph}[sys.argv[1]]()
    sys.stdout.write(json.dumps(graph))
