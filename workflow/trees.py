"""The code of a commit laid out beside the working tree, and the graph run there."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline import layout
from pipeline.code import ROOTS


def git(*arguments: str) -> str:
    """What git says.

    Raises:
        subprocess.CalledProcessError: git fails.
    """
    return subprocess.run(["git", *arguments], check=True, text=True, stdout=subprocess.PIPE).stdout


def lay_out(commit: str, tree: Path) -> None:
    """Write the files of a commit into the new folder `tree`."""
    tree.mkdir()
    archive = subprocess.run(["git", "archive", commit], check=True, stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", str(tree)], input=archive.stdout, check=True)


def run_tree(tree: Path, params: Path, targets: Sequence[str]) -> None:
    """Run Snakemake on the code of a tree, with these params and what was downloaded before."""
    shutil.copy(params, tree / layout.PARAMS)
    (tree / layout.STATE).mkdir(exist_ok=True)
    layout.DOWNLOADS.mkdir(parents=True, exist_ok=True)
    (tree / layout.DOWNLOADS).symlink_to(layout.DOWNLOADS.resolve())
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("FACEPENCIL", "MLFLOW"))
    }
    environment["PYTHONPATH"] = str(tree / ROOTS["facepencil"])
    # DVC, which a finished run tells, wants a repository.
    subprocess.run(["git", "init", "--quiet"], cwd=tree, check=True)
    command = [sys.executable, "-m", "snakemake", "--cores", "all", *targets]
    subprocess.run(command, cwd=tree, env=environment, check=True)
