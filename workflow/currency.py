"""Tells Snakemake which outputs are not current: an input of every rule that is touched for it.

Snakemake's own triggers look at times and at what it ran itself, and force every job below one that
runs. Here a job runs when its code, its params or the contents of its inputs changed, whoever made
its outputs; each rule has a marker as input for that, and all other inputs are `ancient`.
"""

import os
import time
from collections.abc import Mapping, Sequence
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


def mark(params: Params) -> dict[str, str]:
    """Touch the markers of outdated jobs; returns why, by the job's name.

    A job below an outdated one waits for the next round: if the new outputs have the contents of
    the old ones, it need not run.
    """
    every = jobs(params)
    reasons = outdated(every)
    for job in every:
        path = Path(marker(job.stage, job.key))
        if job.name in reasons:
            _touch(path, job, reasons[job.name])
        elif not path.exists():
            write_text(path, "current\n")
            os.utime(path, (0, 0))
    return reasons


def outdated(every: Sequence[Job]) -> dict[str, str]:
    """Why jobs have to run again now, by name, though their outputs are there."""
    makers = {path: job for job in every for path in job.outputs}
    missing = {job.name for job in every if not all(path.exists() for path in job.outputs)}
    found: dict[str, str] = {}
    below: set[str] = set()
    for job in every:
        above = [makers[path].name for path in job.inputs if path in makers]
        if any(name in found or name in below for name in above):
            below.add(job.name)
        elif job.name not in missing and (why := why_outdated(job)):
            found[job.name] = why
    return found | _between(every, makers, missing & below, found)


def _between(
    every: Sequence[Job], makers: Mapping[Path, Job], wanted: set[str], found: Mapping[str, str]
) -> dict[str, str]:
    """Jobs between an outdated one and a missing output, which is made in this round already."""
    needed = set(wanted)
    for job in reversed(every):
        if job.name in needed:
            needed |= {makers[path].name for path in job.inputs if path in makers}
    reached: dict[str, str] = {}
    for job in every:
        above = [makers[path].name for path in job.inputs if path in makers]
        if job.name in needed - wanted and any(name in found or name in reached for name in above):
            reached[job.name] = "an input is made anew for an output that is missing"
    return reached


def _touch(path: Path, job: Job, why: str) -> None:
    """Make a marker newer than the outputs, whatever the clock says, and of another content."""
    newest = max(output.stat().st_mtime for output in job.outputs if output.exists())
    moment = max(time.time(), newest + 1)
    write_text(path, f"{why}\n{time.time_ns()}\n")
    os.utime(path, (moment, moment))
