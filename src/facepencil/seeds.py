"""Random numbers that depend on what an item is, never on when or where it is drawn."""

import hashlib

import numpy as np


def seed_of(*parts: str | int | float) -> int:
    """A 64-bit seed from names and numbers, equal on every machine.

    Callers pass (global seed, stage, item id, ...), never a position or a time.
    """
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def rng_of(*parts: str | int | float) -> np.random.Generator:
    """A NumPy generator seeded by `seed_of`."""
    return np.random.default_rng(seed_of(*parts))


def unit_of(*parts: str | int | float) -> float:
    """A number in [0, 1) by hash: for splits that stay put when photos are added."""
    return seed_of(*parts) / 2**64
