"""After Snakemake has run, tell DVC: `python -m workflow.sync`.

The other way needs no telling: Snakemake asks of every output what it was made from.
"""

import sys
from collections.abc import Collection
from pathlib import Path

import yaml
from dvc.repo import Repo

from facepencil.config.params import load_params
from facepencil.config.section import ConfigError
from facepencil.store import write_text
from pipeline import layout
from pipeline.graph import jobs
from workflow.compile import DVC_YAML, renew, stage_name
from workflow.currency import why_unfinished
from workflow.plan import write_plans

DVC_LOCK = Path("dvc.lock")


class OutOfDate(SystemExit):
    """The graph is not finished; DVC was told nothing."""


def to_dvc() -> None:
    """Record in dvc.lock and DVC's cache every table that is finished and current.

    Raises:
        OutOfDate: of no table; says what is not there, or not what params, code and inputs ask for.
    """
    params = load_params(layout.PARAMS)
    unfinished = {table: why for table in params.tables if (why := why_unfinished(params, table))}
    for table, why in unfinished.items():
        print(f"sync: {table}: {why}; DVC was not told of it", file=sys.stderr)
    done = [table for table in params.tables if table not in unfinished]
    if not done:
        raise OutOfDate("sync: no table is finished")
    renew(params)
    write_plans(params)
    _forget_old_stages()
    _commit({"plan", *(stage_name(job) for job in jobs(params, done))})
    print(f"sync: DVC knows all results of {', '.join(done)}", file=sys.stderr)


def _commit(names: Collection[str]) -> None:
    """Commit the stages of these names that DVC does not know as they are.

    What `dvc commit --force NAME ...` does, but that it writes dvc.lock anew for each name: for a
    thousand stages, hours.
    """
    with Repo() as repo, repo.lock:
        stages = [stage for stage in repo.index.stages if getattr(stage, "name", None) in names]
        changed = [one for one in stages if any(one.changed_entries()) or not one.outs_cached()]
        for stage in changed:
            stage.save()
            stage.commit()
        if changed:
            changed[0].dvcfile.dump_stages(changed, update_pipeline=False)


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
