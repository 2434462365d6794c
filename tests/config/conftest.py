"""Params files with mistakes in them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from facepencil.config.params import load_params
from facepencil.config.section import ConfigError


@pytest.fixture
def told(tmp_path: Path) -> Callable[[str], list[str]]:
    """What is said of a params file of some text: its lines after the first."""

    def load(text: str) -> list[str]:
        path = tmp_path / "mine.yaml"
        path.write_text(text)
        with pytest.raises(ConfigError) as caught:
            load_params(path)
        first, *rest = str(caught.value).splitlines()
        advice = [line for line in rest if "config refresh" in line]
        more = [int(line.split()[2]) for line in rest if line.startswith("  ... and")]
        count = len(rest) - len(advice) - len(more) + sum(more)
        assert first == f"{path}: {count} mistake{'s' * (count > 1)}"
        return rest

    return load
