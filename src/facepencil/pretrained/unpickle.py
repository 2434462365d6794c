"""Pickles of NumPy arrays, read without running code."""

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]

# Taken from an array: the function's module differs between NumPy 1 (files) and 2 (here).
_RECONSTRUCT = np.zeros(0).__reduce__()[0]
_ADMITTED = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
}


class _ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - the base's signature
        try:
            return _ADMITTED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"names {module}.{name}") from None


def load_arrays(path: Path) -> dict[str, Array]:
    """Arrays of a pickled tree of mappings, by path: `{"VGG16_0/Conv_0/kernel": array, ...}`.

    Raises:
        ValueError: names the file, when it holds anything but mappings of NumPy arrays.
    """
    with path.open("rb") as file:
        try:
            return dict(_leaves(_ArrayUnpickler(file).load(), ()))
        # A damaged pickle may raise nearly anything out of its opcodes.
        except Exception as error:
            raise ValueError(f"{path}: expected a pickle of NumPy arrays alone: {error}") from error


def _leaves(node: object, names: tuple[str, ...]) -> Iterator[tuple[str, Array]]:
    if isinstance(node, dict):
        for name, child in node.items():
            yield from _leaves(child, (*names, str(name)))
    elif isinstance(node, np.ndarray) and not node.dtype.hasobject:
        yield "/".join(names), node
    else:
        raise ValueError(f"{'/'.join(names) or 'the root'} is a {type(node).__name__}")
