"""Prints the graph of one engine as JSON: python graphs.py snakemake|dvc (at a project's root).

One entry per job: command, inputs, outputs and the values of the params it depends on.
"""

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

TEE = " 2>&1 | tee "


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
        jobs = [job for job in opened._workflow.dag.jobs if job.rule.name != "all"]
        return [
            {
                "stage": job.rule.name,
                "command": job.shellcmd.split(TEE)[0],
                "inputs": [str(path) for path in job.input],
                "outputs": [str(path) for path in job.output],
                "params": dict(job.params.get("declared", {})),
            }
            for job in jobs
        ]


def dvc_graph() -> list[dict[str, Any]]:
    from dvc.dependency.param import ParamsDependency
    from dvc.repo import Repo

    with Repo(".") as repo:
        stages = list(repo.index.stages)
        outputs = [str(out.def_path) for stage in stages for out in stage.outs]
        entries = []
        for stage in stages:
            params = [dep for dep in stage.deps if isinstance(dep, ParamsDependency)]
            files = [dep.def_path for dep in stage.deps if not isinstance(dep, ParamsDependency)]
            entries.append(
                {
                    "stage": stage.name.split("@")[0],
                    "command": stage.cmd,
                    "inputs": [path for file in files for path in within(file, outputs)],
                    "outputs": [str(out.def_path) for out in stage.outs],
                    "params": {k: v for dep in params for k, v in dep.read_params().items()},
                }
            )
        return entries


def within(path: str, outputs: list[str]) -> list[str]:
    """What a folder stands for: the outputs, or files, under it; a file stands for itself."""
    made = [out for out in outputs if out.startswith(path + "/")]
    return made or [str(file) for file in Path(path).rglob("*") if file.is_file()] or [path]


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=dict))


if __name__ == "__main__":
    graph = {"snakemake": snakemake_graph, "dvc": dvc_graph}[sys.argv[1]]()
    sys.stdout.write(json.dumps(_plain(graph)))
