"""DVC's first stage: what code and params mean for each job, as values that DVC compares."""

import hashlib
import json
import sys

from facepencil.config.params import Params, load_params
from facepencil.config.section import ConfigError
from pipeline import layout
from pipeline.graph import jobs
from pipeline.provenance import code_of, plain
from workflow.compile import plan_file, renew, stage_name, write_changed


def write_plans(params: Params) -> int:
    """Write for each job the digests of its code and of the params it reads; returns their number.

    A file a stage, of the names of the jobs in dvc.yaml.
    """
    plans: dict[str, dict[str, str]] = {}
    every = jobs(params)
    for job in every:
        value = f"code {code_of(job.stage)}, params {_digest(plain(job.params))}"
        plans.setdefault(job.stage, {})[stage_name(job)] = value
    for stage, values in plans.items():
        write_changed(plan_file(stage), json.dumps(values, indent=1) + "\n")
    return len(every)


def _digest(values: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def main() -> None:
    """Check params.yaml, write data/plan/*.json, and see that dvc.yaml is that of params.yaml."""
    try:
        params = load_params(layout.PARAMS)
    except ConfigError as error:
        raise SystemExit(str(error)) from None
    if renew(params):
        raise SystemExit(
            "dvc.yaml was renewed, since params.yaml asks for other jobs: run it again"
        )
    print(f"plan: {write_plans(params)} jobs", file=sys.stderr)


if __name__ == "__main__":
    main()
