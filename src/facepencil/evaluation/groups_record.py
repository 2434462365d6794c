"""The file of photo groups: written by one stage, read by another."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from facepencil.records import Record, read_record

SKIN = {"light": 41.0, "intermediate": 28.0, "tan": 10.0, "brown or dark": -180.0}
"""Groups of skin, and the individual typology angle, degrees, above which each begins (Chardon et
al., 1991; the outer two of its six at either end are one group here)."""
FRONTAL_DEGREES = 15.0
"""Up to this angle a head faces the camera."""
UNCLEAR = "unclear"
"""The group of faces in which skin or pose cannot be seen."""
Groups = Mapping[str, Mapping[str, Sequence[str]]]
"""Ids of photos by attribute and group."""


class PhotoGroups(Record):
    """Ids of photos by attribute and group: {attribute: {group: ids}}."""

    groups: dict[str, dict[str, list[str]]]


def read_photo_groups(path: Path) -> Groups:
    """The groups of a file of `PhotoGroups`. Raises as `read_record`."""
    return read_record(path, PhotoGroups, "a file of photo groups").groups
