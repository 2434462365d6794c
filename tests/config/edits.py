"""Preset mini as text, with edits."""

from tests.fixtures.commands import ROOT

TEXT = (ROOT / "presets/mini.yaml").read_text()


def edited(*edits: tuple[str, str]) -> str:
    """The text of preset mini with the first of each `old` replaced by `new`."""
    text = TEXT
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def line_of(text: str, part: str) -> int:
    """Number of the first line with `part`, counted from 1."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)
