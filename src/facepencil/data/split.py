"""Train, validation and test: by a hash of the photo's id, or by the data set's own list."""

from typing import Literal

from facepencil.config.split import SplitParams
from facepencil.seeds import unit_of

Split = Literal["train", "val", "test"]


def split_of(photo_id: str, seed: int, shares: SplitParams, official: Split | None = None) -> Split:
    """The part a photo belongs to; all faces of one photo fall in the same part.

    An `official` part, where the data set publishes one, wins over the hash.
    """
    if official is not None:
        return official
    place = unit_of(seed, "split", photo_id)
    if place < shares.test:
        return "test"
    return "val" if place < shares.test + shares.val else "train"
