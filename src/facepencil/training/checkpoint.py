"""The state of a running training: whole or absent, and resumed only by the very same job."""

import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from facepencil.store import atomic


class CheckpointError(ValueError):
    """A state that cannot be resumed; the message names the file."""


def state_before(path: Path) -> Path:
    """Where the state before that of `path` is kept."""
    return path.with_stem(f"{path.stem}.before")


def save_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write tensors, numbers, texts and containers of them to `path`, or nothing.

    The state that was there is kept as `state_before(path)`.
    """
    with atomic(path) as temporary:
        # To a file of Python's: torch's own tells of a full disk without saying so.
        with temporary.open("wb") as file:
            torch.save(dict(state), file)
        if path.exists():
            path.replace(state_before(path))


def load_state(path: Path, device: torch.device) -> dict[str, Any] | None:
    """The newest state that is whole, onto `device`; None when there is no file.

    A damaged one is removed, with a line on stderr, if the one before can take its place. Read
    without running code.

    Raises:
        CheckpointError: no file is a whole state.
    """
    before = state_before(path)
    if not path.exists():
        return _read(before, device) if before.exists() else None
    try:
        return _read(path, device)
    except CheckpointError as error:
        if not before.exists():
            raise
        state = _read(before, device)
        print(f"{error}; goes back to {before.name}", file=sys.stderr, flush=True)
        path.unlink()
        return state


def _read(path: Path, device: torch.device) -> dict[str, Any]:
    try:
        # Torch's reader does not look at the checksums.
        with zipfile.ZipFile(path) as archive:
            if broken := archive.testzip():
                raise zipfile.BadZipFile(f"wrong checksum of {broken}")
        state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    # A damaged archive raises nearly anything out of torch's reader.
    except Exception as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise CheckpointError(f"{path}: not a training state, delete it: {reason}") from error
    return state
