"""After Snakemake has run, tell DVC: `python -m workflow.sync`.

The other way needs no telling: Snakemake asks of every output what it was made from.
"""

import subprocess
import sys
from pathlib import Path

import yaml

from facepencil.config.params import load_params
from facepencil.config.section import ConfigError
from facepencil.store import write_text
from pipeline import layout
from pipeline.graph import jobs
from pipeline.provenance import why_outdated
from workflow.compile import DVC_YAML, PLAN, renew
from workflow.plan import plan_text

DVC_LOCK = Path("dvc.lock")


class OutOfDate(SystemExit):
    """The graph is not finished; DVC was told nothing."""


def to_dvc() -> None:
    """Record in dvc.lock and DVC's cache what is there, if all of it is current.

    Raises:
        OutOfDate: an output is not there, or not what params, code and inputs ask for.
    """
    params = load_params(layout.PARAMS)
    for job in jobs(params):
        missing = [path for path in job.outputs if not path.exists()]
        why = f"{missing[0]} is not there" if missing else why_outdated(job)
        if why:
            raise OutOfDate(f"sync: {job.name}: {why}; DVC was not told")
    renew(params)
    write_text(PLAN, plan_text(params))
    _forget_old_stages()
    if subprocess.run(["dvc", "status", "--quiet"], check=False).returncode:
        subprocess.run(["dvc", "commit", "--force", "--quiet"], check=True)
    print("sync: DVC knows all results", file=sys.stderr)


def _forget_old_stages() -> None:
    """Take stages that dvc.yaml no longer has out of dvc.lock, where DVC itself would keep them."""
    if not DVC_LOCK.exists():
        return
    lock = yaml.safe_load(DVC_LOCK.read_text())
    known = yaml.safe_load(DVC_YAML.read_text())["stages"]
    kept = {name: stage for name, stage in lock["stages"].items() if name in known}
    if len(kept) < len(lock["stages"]):
        write_text(DVC_LOCK, yaml.safe_dump({**lock, "stages": kept}, sort_keys=False))


if __name__ == "__main__":
    try:
        to_dvc()
    except ConfigError as error:
        raise SystemExit(str(error)) from None
