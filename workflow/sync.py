"""After one engine has run, tell the other: `python -m workflow.sync dvc|snakemake`."""

import argparse
import subprocess
import sys


class OutOfDate(SystemExit):
    """The engine that ran has not finished the graph; nothing was told to the other."""


def to_dvc() -> None:
    """Record in dvc.lock and the cache what Snakemake made, if it made everything.

    Raises:
        OutOfDate: Snakemake would still run something.
    """
    plan = ["snakemake", "--dry-run", "--cores", "1", "--quiet", "progress", "all"]
    if "Nothing to be done" not in _output(*plan):
        raise OutOfDate("sync: Snakemake has work left (see `snakemake -n`); DVC was not told")
    if not _clean():
        subprocess.run(["dvc", "commit", "--force", "--quiet"], check=True)
    print("sync: DVC knows what Snakemake made", file=sys.stderr)


def to_snakemake() -> None:
    """Record in Snakemake's metadata what DVC made or pulled, if DVC holds it current.

    Raises:
        OutOfDate: DVC finds a stage changed; touching would hide that.
    """
    if not _clean():
        raise OutOfDate("sync: `dvc status` finds changes; run `dvc repro` first")
    touch = ["snakemake", "--touch", "--forceall", "--cores", "1", "--quiet", "all"]
    subprocess.run(touch, check=True)
    print("sync: Snakemake knows what DVC made", file=sys.stderr)


def _clean() -> bool:
    return subprocess.run(["dvc", "status", "--quiet"], check=False).returncode == 0


def _output(*command: str) -> str:
    done = subprocess.run(
        command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return done.stdout


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=["dvc", "snakemake"], help="the engine to be told")
    {"dvc": to_dvc, "snakemake": to_snakemake}[parser.parse_args().engine]()


if __name__ == "__main__":
    main()
