"""Jobs that a run left in Slurm's queue when it died: they would write what the next run makes."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

PREFIX = "facepencil_"
"""Of the names of our jobs in the queue: `slurm-jobname-prefix` of profiles/slurm."""
POLL_S = 1.0


def end_orphans(root: Path) -> bool:
    """Cancel all jobs of earlier runs in the tree `root`, and wait until they are gone.

    A training among them saves its state before it goes. To be called by who holds the tree, before
    it submits anything.

    Returns:
        Whether there were any: what was missing before may have been made since.
    """
    left = _queued(root)
    if not left:
        return False
    print(f"cancels {len(left)} jobs of a run that died; trainings go on later", file=sys.stderr)
    subprocess.run(["scancel", *left], check=True)
    while _queued(root):
        time.sleep(POLL_S)
    return True


def _queued(root: Path) -> list[str]:
    """Numbers of our jobs in the queue that run in `root`; none where there is no Slurm."""
    if not shutil.which("squeue"):
        return []
    asked = ["squeue", "--me", "--noheader", "--format=%i|%j|%Z"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False)
    if said.returncode:  # installed, but not in use
        return []
    lines = [line.split("|", 2) for line in said.stdout.splitlines()]
    return [job for job, name, place in lines if name.startswith(PREFIX) and Path(place) == root]
