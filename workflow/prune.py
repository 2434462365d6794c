"""Lists, then removes, what no params file asks for: `python -m workflow.prune [--yes]`."""

import argparse
import shutil
from collections.abc import Iterable
from pathlib import Path

from facepencil.config.params import load_params
from pipeline import layout
from pipeline.graph import Job, jobs
from pipeline.provenance import NotCurrent, fingerprint
from workflow.compile import plan_file


def left_over(files: Iterable[Path]) -> list[Path]:
    """Outputs and training states that none of these params files asks for, sorted.

    A state counts as asked for if the training that it belongs to is: with other params, code or
    inputs than now it is left over.

    Raises:
        ConfigError: a params file is unusable.
    """
    every = [job for path in files for job in jobs(load_params(path))]
    wanted = {path for job in every for path in (*job.outputs, job.provenance)}
    wanted |= {plan_file(job.stage) for job in every}
    there = [path for top in layout.OUTPUTS for path in Path(top).rglob("*") if path.is_file()]
    files_left = [path for path in there if path not in wanted and path.name != ".gitignore"]
    marks = {mark for job in every if job.stage == "train" for mark in _mark(job)}
    states = [path for path in layout.TRAININGS.glob("*") if path.name not in marks]
    return sorted([*files_left, *states])


def _mark(job: Job) -> list[str]:
    try:
        return [fingerprint(job)]
    except NotCurrent:
        return []


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--yes", action="store_true", help="remove what is listed")
    parser.add_argument(
        "params", nargs="*", type=Path, default=[layout.PARAMS], help="params files that count"
    )
    arguments = parser.parse_args()
    found = left_over(arguments.params)
    for path in found:
        print(path)
        if arguments.yes:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    done = "removed" if arguments.yes else "left over; `make prune YES=1` removes them"
    print(f"prune: {len(found)} {done}")


if __name__ == "__main__":
    main()
