"""The state of a running training: whole or absent, and resumed only by the very same job."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from facepencil.store import atomic


class CheckpointError(ValueError):
    """A state that cannot be resumed; the message names the file."""


def save_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write tensors, numbers, texts and containers of them to `path`, or nothing."""
    with atomic(path) as temporary:
        torch.save(dict(state), temporary)


def load_state(path: Path, device: torch.device) -> dict[str, Any] | None:
    """Inverse of `save_state`, onto `device`; None when there is no such file.

    Read without running code.

    Raises:
        CheckpointError: the file is not a state.
    """
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    # A damaged archive raises nearly anything out of torch's reader.
    except Exception as error:
        raise CheckpointError(f"{path}: not a training state, delete it: {error}") from error
    return state
