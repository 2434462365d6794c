"""Tells Snakemake which outputs are not current: an input of every rule that is touched for it.

Snakemake's own triggers look at times and at what it ran itself, and force every job below one that
runs. Here a job runs when its code, its params or the contents of its inputs changed, whoever made
its outputs; each rule has a marker as input for that, and all other inputs are `ancient`.
"""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from facepencil.config.params import Params
from facepencil.store import write_text
from pipeline import layout
from pipeline.graph import Job, jobs
from pipeline.provenance import why_outdated

_MARKERS = layout.STATE / "current"


def marker(stage: str, key: str) -> str:
    """The marker of a job: newer than its outputs when they are not current."""
    return str(_MARKERS / stage / (key.replace("/", "-") or "job"))


@dataclass(frozen=True)
class Round:
    """What there is to do before anything else is decided.

    Attributes:
        outdated: why the outputs of jobs are not current, by the job's name.
        missing: names of jobs that lack an output.
        waiting: names of jobs below an outdated one: they run in a later round, if it turns out
            that the new outputs differ from the old ones.
    """

    outdated: Mapping[str, str]
    missing: frozenset[str]
    waiting: frozenset[str]


def mark(params: Params) -> Round:
    """Touch the markers of all outdated jobs, and make those that are not there."""
    every = jobs(params)
    found = look(every)
    for job in every:
        path = Path(marker(job.stage, job.key))
        if job.name in found.outdated:
            _touch(path, job, found.outdated[job.name])
        elif not path.exists() or path.stat().st_mtime:
            write_text(path, "current\n")
            os.utime(path, (0, 0))
    return found


def look(every: Sequence[Job]) -> Round:
    """Which jobs have to run; linear in their number and that of their files."""
    makers = {path: job.name for job in every for path in job.outputs}
    outdated: dict[str, str] = {}
    missing: set[str] = set()
    waiting: set[str] = set()
    for job in every:
        above = {makers[path] for path in job.inputs if path in makers}
        if above & (outdated.keys() | waiting):
            waiting.add(job.name)
        gone = _gone(job)
        if gone or not job.provenance.exists():
            missing.add(job.name)
        # What is below a job that lost some of its outputs must not run on the others.
        begun = len(gone) < len(job.outputs)
        if begun and job.name not in waiting and (why := _why_not_whole(job, gone)):
            outdated[job.name] = why
    return Round(outdated, frozenset(missing), frozenset(waiting))


def why_unfinished(params: Params, table: str) -> str | None:
    """Why a table is not finished, or None if it is."""
    for job in jobs(params, [table]):
        if why := _why_not_whole(job, _gone(job)):
            return f"{job.name}: {why}"
    return None


def _gone(job: Job) -> list[Path]:
    return [path for path in job.outputs if not path.exists()]


def _why_not_whole(job: Job, gone: Sequence[Path]) -> str | None:
    """Why a job's outputs, of which some may be gone, are not all there and current, or None."""
    return f"{gone[0]} is not there" if gone else why_outdated(job)


def _touch(path: Path, job: Job, why: str) -> None:
    """Make a marker newer than the outputs, whatever the clock says, and of another content."""
    newest = max(output.stat().st_mtime for output in job.outputs if output.exists())
    moment = max(time.time(), newest + 1)
    write_text(path, f"{why}\n{time.time_ns()}\n")
    os.utime(path, (moment, moment))
