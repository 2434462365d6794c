"""Clocks that jump: times of files, in the past and in the future, are no content."""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import layout
from tests.faults.victim import FIRST, SLOW, Victim
from tests.fixtures.projects import Project

pytestmark = pytest.mark.slow

IN_SHORT = ("vectorize", "dataset")
YEAR_S = 365 * 24 * 3600


def scatter_times(root: Path, draw: random.Random) -> None:
    """Give every file of a run and of its code a time within twenty years of now."""
    for top in (*layout.OUTPUTS, "state", "src", "pipeline"):
        for path in (root / top).rglob("*"):
            if path.is_file() and not path.is_relative_to(root / "state/downloads"):
                moment = time.time() + draw.uniform(-20, 20) * YEAR_S
                os.utime(path, (moment, moment))


@pytest.mark.parametrize("stage", FIRST)
def test_times_change_no_byte(
    stage: str, victim_of: Callable[[str], Victim], torture: bool
) -> None:
    if stage not in IN_SHORT and (not torture or stage in SLOW):
        pytest.skip("takes long" if torture else "in short other stages are tried")
    victim = victim_of(stage)
    victim.clear()
    scatter_times(victim.root, random.Random(stage))
    victim.assert_ends_as_usual()
    victim.restore()


def test_an_edit_is_seen_though_all_files_are_from_other_times(finished: Project) -> None:
    scatter_times(finished.root, random.Random(0))
    assert "Nothing to be done" in finished.run("snakemake", "-n").stdout
    finished.edit("report.digits", 2)
    future = time.time() + 30 * YEAR_S
    for path in (finished.root / "results").rglob("*"):
        os.utime(path, (future, future))
    assert "would run report main" in finished.run("snakemake", "-n").stdout
