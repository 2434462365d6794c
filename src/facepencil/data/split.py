"""Train, validation and test: by a hash of the photo's group, or by the data set's own list."""

from collections.abc import Mapping
from typing import Any, Literal

from facepencil.config.split import SplitParams
from facepencil.seeds import unit_of

Split = Literal["train", "val", "test"]


def split_of(group: str, seed: int, shares: SplitParams, official: Split | None = None) -> Split:
    """The part that the photos of a group belong to; a photo without a copy is its own group.

    An `official` part, where the data set publishes one, wins over the hash.
    """
    if official is not None:
        return official
    place = unit_of(seed, "split", group)
    if place < shares.test:
        return "test"
    return "val" if place < shares.test + shares.val else "train"


def part_of(face: Mapping[str, Any], seed: int, shares: SplitParams) -> Split:
    """The part of a face, by its entry in a shard's index; all faces of one photo share it.

    The entry has `photo`, the photo's id, and where they differ or exist `group` and `split`.
    """
    return split_of(face.get("group", face["photo"]), seed, shares, face.get("split"))
