"""Faults are tried in short by default, at length by `make torture`."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.forge import Forge
from tests.faults.victim import FIRST, Victim
from tests.fixtures.projects import Project

TALLY = pytest.StashKey[Counter[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--torture", action="store_true", help="try faults at length")


def at_length(config: pytest.Config) -> bool:
    """Whether to try at length; where all tests run, nobody has asked for it."""
    return bool(config.getoption("torture", False))


@pytest.fixture(scope="session")
def torture(request: pytest.FixtureRequest) -> bool:
    return at_length(request.config)


@pytest.fixture(scope="session")
def tally(request: pytest.FixtureRequest) -> Counter[str]:
    """What is counted in it is told at the end."""
    return request.config.stash.setdefault(TALLY, Counter())


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    counts = config.stash.get(TALLY, Counter())
    for name, count in sorted(counts.items()):
        terminalreporter.write_line(f"{count:5d}  {name}")


@pytest.fixture(scope="module")
def victim_of(
    by_snakemake: Project, torture: bool, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Victim]]:
    """The job of a stage in a copy of the finished run."""
    folder: Path = tmp_path_factory.mktemp("victims")
    project = by_snakemake.copy(folder / "project")
    forge = Forge(project, folder)
    yield lambda stage: Victim(project, forge, FIRST[stage])
    forge.close()
