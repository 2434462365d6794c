"""The file of photo groups: written by one stage, read by another."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from facepencil.records import Record, read_record

Groups = Mapping[str, Mapping[str, Sequence[str]]]
"""Ids of photos by attribute and group."""


class PhotoGroups(Record):
    """Ids of photos by attribute and group: {attribute: {group: ids}}."""

    groups: dict[str, dict[str, list[str]]]


def read_photo_groups(path: Path) -> Groups:
    """The groups of a file of `PhotoGroups`. Raises as `read_record`."""
    return read_record(path, PhotoGroups, "a file of photo groups").groups
