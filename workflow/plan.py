"""DVC's first stage: what code and params mean for each job, as values that DVC compares."""

import hashlib
import json
import sys

from facepencil.config.params import Params, load_params
from facepencil.config.section import ConfigError
from facepencil.store import write_text
from pipeline import layout
from pipeline.code import code_digest
from pipeline.graph import jobs
from pipeline.provenance import plain
from workflow.compile import PLAN, renew, stage_name


def plan_text(params: Params) -> str:
    """JSON: for each stage of dvc.yaml the digests of its code and of the params it reads."""
    every = jobs(params)
    codes = {stage: code_digest(stage) for stage in dict.fromkeys(job.stage for job in every)}
    values = {
        stage_name(job): f"code {codes[job.stage]}, params {_digest(plain(job.params))}"
        for job in every
    }
    return json.dumps(values, indent=1) + "\n"


def _digest(values: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def main() -> None:
    """Check params.yaml, write data/plan.json, and see that dvc.yaml is that of params.yaml."""
    try:
        params = load_params(layout.PARAMS)
    except ConfigError as error:
        raise SystemExit(str(error)) from None
    if renew(params):
        raise SystemExit(
            "dvc.yaml was renewed, since params.yaml asks for other jobs: run it again"
        )
    write_text(PLAN, plan_text(params))
    print(f"plan: {len(jobs(params))} jobs", file=sys.stderr)


if __name__ == "__main__":
    main()
