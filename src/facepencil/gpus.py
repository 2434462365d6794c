"""One GPU for each process: which there are, and which is free, by lock files."""

import fcntl
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

LOCKS = Path("/tmp/facepencil-gpus")
"""One empty file for each GPU of this machine, by its UUID, for all users; never removed."""
POLL_S = 1.0


def count_gpus(environment: Mapping[str, str] = os.environ, devices: Path = Path("/dev")) -> int:
    """NVIDIA GPUs that this process may use, counted without loading torch.

    Args:
        environment: may have CUDA_VISIBLE_DEVICES, a list that ends at its first negative number.
        devices: the folder of device files.
    """
    there = sum(path.name[6:].isdigit() for path in devices.glob("nvidia*"))
    visible = environment.get("CUDA_VISIBLE_DEVICES")
    if visible is None or not there:
        return there
    named: list[str] = []
    for name in visible.replace(" ", "").split(","):
        if not name or name.startswith("-"):
            break
        named.append(name)
    # An instance of a shared card (MIG) has no device file of its own.
    parts = any(name.startswith("MIG") for name in named)
    return len(named) if parts else min(len(named), there)


def take_gpu(names: Sequence[str], folder: Path = LOCKS) -> int:
    """Take the first GPU that no other process has, and keep it until this process ends.

    Waits while all are taken. Processes that this one forks keep it too, until they end.

    Args:
        names: of the GPUs, the same in every process and for every user: UUIDs.
        folder: of the lock files, for all users of the machine; made if it is not there.

    Returns:
        The place among `names`.

    Raises:
        ValueError: there are no names.
    """
    if not names:
        raise ValueError("expected the names of some GPUs, got none")
    _make(folder)
    told = False
    while True:
        for place, name in enumerate(names):
            if _lock(folder / f"{name}.lock"):
                return place
        if not told:
            told = True
            print(
                f"all {len(names)} GPUs are taken ({folder}): waits for one",
                file=sys.stderr,
                flush=True,
            )
        time.sleep(POLL_S)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True)
        # As /tmp: everybody may add files, and remove none of others. `mkdir` obeys the umask.
        folder.chmod(0o1777)
    except FileExistsError:
        if not folder.is_dir():
            raise


def _lock(path: Path) -> bool:
    """Lock a file for the rest of the process; False if another process has it."""
    file = _open(path)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return False
    return True  # open on purpose: the system closes it, and so ends the lock


def _open(path: Path) -> int:
    """Open a lock file for reading, which is enough to lock it; made if it is not there.

    Never by O_CREAT alone: Linux refuses that for files of others in folders like /tmp.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    while True:
        try:
            return os.open(path, flags)
        except FileNotFoundError:
            pass
        try:
            file = os.open(path, flags | os.O_CREAT | os.O_EXCL)
        except FileExistsError:
            continue
        os.fchmod(file, 0o644)
        return file
