"""Mistakes in a params file, and how they are told."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from facepencil.config.section import Place

MOST_LINES = 12
LONGEST = 60


@dataclass(frozen=True)
class Mistake:
    """Something wrong in a params file.

    Attributes:
        place: of the key; empty for the whole file.
        line: counted from 1.
        text: what stands there and what was expected.
        missing: the key is not there, and has a default that could be written in.
    """

    place: Place
    line: int
    text: str
    missing: bool = False


def report(path: Path, mistakes: Sequence[Mistake]) -> str:
    """Tell the mistakes in the order of the file, in at most twelve lines."""
    told = sorted(dict.fromkeys(mistakes), key=lambda mistake: mistake.line)
    count = f"{len(told)} mistake{'s' * (len(told) > 1)}"
    advice = [_ADVICE.format(path=path)] if any(one.missing for one in told) else []
    width = len(str(told[-1].line))
    rows = [f"  line {one.line:<{width}}  {_row(one)}" for one in told]
    room = MOST_LINES - 1 - len(advice)
    if len(rows) > room:
        rows = [*rows[: room - 1], f"  ... and {len(rows) - room + 1} more"]
    return "\n".join([f"{path}: {count}", *rows, *advice])


_ADVICE = "  `facepencil config refresh {path}` writes in what is missing"


def _row(mistake: Mistake) -> str:
    return f"{dotted(mistake.place)}: {mistake.text}" if mistake.place else mistake.text


def dotted(place: Place) -> str:
    """The place as people write it: `deform.levels[2]`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{_plain(part)}" for part in place]
    return "".join(parts).removeprefix(".")


def _plain(key: str) -> str:
    return key if key.isprintable() and 0 < len(key) <= LONGEST else given(key)


def given(value: object) -> str:
    """A value as it stands in a file, on one line and not too long."""
    text = json.dumps(_shallow(value), default=str, ensure_ascii=False, skipkeys=True)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]} ..."


def _shallow(value: object, depth: int = 2) -> object:
    """The outer part of a value, which by YAML's aliases may be endless."""
    if not isinstance(value, list | dict):
        return value
    if not depth:
        return "..."
    if isinstance(value, list):
        return [_shallow(one, depth - 1) for one in value[:LONGEST]]
    return {key: _shallow(one, depth - 1) for key, one in islice(value.items(), LONGEST)}
