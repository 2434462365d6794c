"""Who works on this tree: one engine at a time, so that two never make the same file."""

import json
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock

from facepencil.store import write_text
from pipeline import layout

FILE = layout.STATE / "holder.json"
ENV = "FACEPENCIL_HOLDER"
"""Says to the jobs of an engine which process holds the tree for them."""


class TreeHeld(RuntimeError):
    """Another engine works on this tree; the message names it."""


def hold(engine: str, pid: int) -> None:
    """Take the tree for an engine until its process ends; taking it again is no harm.

    Raises:
        TreeHeld: another living process has it.
    """
    FILE.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(FILE.with_suffix(".lock")):  # of two that start at once, one is refused
        refuse_others(pid)
        holder = {
            "engine": engine,
            "pid": pid,
            "started": _started(psutil.Process(pid)),
            "host": socket.gethostname(),
            "since": time.strftime("%Y-%m-%d %H:%M:%S"),
        }
        write_text(FILE, json.dumps(holder) + "\n")


def join(environment: Mapping[str, str] = os.environ) -> None:
    """For a stage that begins: hold the tree for DVC, or see that no other engine has it.

    Raises:
        TreeHeld: the stage belongs to another engine than the one that holds the tree, or to none.
    """
    if ENV in environment:
        return
    pid = _dvc() if "DVC_STAGE" in environment else None
    if pid is None:
        refuse_others(os.getpid())
    else:
        hold("dvc", pid)


def refuse_others(pid: int) -> None:
    """See that no engine but the one of process `pid` works on this tree.

    Raises:
        TreeHeld: another living process has it.
    """
    holder = _holder()
    if holder and holder["pid"] != pid and _lives(holder):
        raise TreeHeld(
            f"{holder['engine']} works on this tree (process {holder['pid']} on {holder['host']}, "
            f"since {holder['since']}): wait until it is done, or stop it{_hint(holder)}"
        )


def _holder() -> dict[str, Any] | None:
    try:
        return dict(json.loads(FILE.read_text()))
    except (OSError, ValueError):
        return None


def _lives(holder: Mapping[str, Any]) -> bool:
    """Whether the process is still there; one on another host is believed to be."""
    if holder["host"] != socket.gethostname():
        return True
    try:
        # Numbers of processes are used again: the time of start tells them apart.
        return bool(abs(_started(psutil.Process(holder["pid"])) - holder["started"]) < 1)
    except psutil.NoSuchProcess:
        return False


def _hint(holder: Mapping[str, Any]) -> str:
    """What to do about a holder on another machine, of whose end this one knows nothing."""
    return "" if holder["host"] == socket.gethostname() else f"; if it is gone, remove {FILE}"


def _started(process: psutil.Process) -> float:
    """Seconds after the machine: a time of day changes when its clock is set."""
    return float(process.create_time() - psutil.boot_time())


def _dvc() -> int | None:
    """The DVC process that this one runs under."""
    for parent in psutil.Process().parents():
        if any(Path(word).name == "dvc" or word == "dvc" for word in parent.cmdline()[:3]):
            return parent.pid
    return None
