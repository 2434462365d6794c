"""What a run ran in: commit, engine and rule, and what it takes of the machine."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil


def run_tags(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Tags of the current run: engine, rule, and commit and dirty flag where git knows them.

    The Snakefile says `FACEPENCIL_ENGINE`, DVC says `DVC_STAGE`; a rule has its module's name.
    """
    stage = environment.get("DVC_STAGE", "")
    rule = environment.get("FACEPENCIL_RULE") or stage or Path(sys.argv[0]).stem
    tags = {
        "engine": environment.get("FACEPENCIL_ENGINE") or ("dvc" if stage else "shell"),
        "rule": rule,
        "mlflow.source.name": rule,
        "mlflow.source.type": "LOCAL",
    }
    commit = _git("rev-parse", "HEAD")
    if commit:
        tags["mlflow.source.git.commit"] = commit
        tags["git.dirty"] = str(bool(_git("status", "--porcelain"))).lower()
    return tags


def machine_load(process: psutil.Process) -> dict[str, float]:
    """Load of the machine and share of one process; percent of one core, or 10^6 bytes.

    The names begin with `system/`, which MLflow shows on a page of their own. Loads are means
    since the last call, 0 at the first.
    """
    memory = psutil.virtual_memory()
    return {
        "system/cpu_utilization_percentage": psutil.cpu_percent(),
        "system/system_memory_usage_megabytes": memory.used / 1e6,
        "system/process_cpu_percentage": process.cpu_percent(),
        "system/process_memory_megabytes": process.memory_info().rss / 1e6,
    }


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
