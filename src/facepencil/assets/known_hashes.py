"""`assets.lock`: hashes of files whose upstream publishes none, recorded at first download."""

from pathlib import Path

import yaml

from facepencil.assets.registry import AssetError
from facepencil.store import write_text

_HEADER = (
    "# sha256 of downloads whose upstream publishes none; later ones must match. Keep in git.\n"
)


def recorded(record: Path) -> dict[str, str]:
    """sha256 by file name; empty where there is no record yet.

    Raises:
        AssetError: the record is not a mapping of names to hashes.
    """
    if not record.exists():
        return {}
    hashes = yaml.safe_load(record.read_text()) or {}
    if not isinstance(hashes, dict) or not all(isinstance(each, str) for each in hashes.values()):
        raise AssetError(f"{record}: expected lines of `file name: sha256`")
    return hashes


def remember(record: Path, name: str, sha256: str) -> None:
    """Add one hash to the record, which stays sorted. One caller at a time."""
    hashes = recorded(record) | {name: sha256}
    write_text(record, _HEADER + yaml.safe_dump(hashes, sort_keys=True))
