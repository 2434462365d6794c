"""Tensors in torch's own files, read without running code."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Tensors by name, on the CPU, in the file's order.

    Raises:
        OSError: no such file, or it cannot be read.
        ValueError: names the file, when it holds anything but named tensors.
    """
    try:
        found: Any = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    # A damaged archive raises nearly anything, and torch's advice is to run what is in it.
    except Exception as error:
        raise ValueError(f"{path}: expected a torch file of named tensors alone") from error
    if not isinstance(found, dict) or not all(isinstance(one, Tensor) for one in found.values()):
        raise ValueError(f"{path}: expected a torch file of named tensors alone")
    return found
