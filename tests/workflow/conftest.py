"""A finished run that tests may edit, one after the other."""

from collections.abc import Iterator

import pytest

from tests.fixtures.projects import Project


@pytest.fixture(scope="module")
def _bench(by_snakemake: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = by_snakemake.copy(tmp_path_factory.mktemp("bench") / "project")
    project.commit()
    return project


@pytest.fixture
def workbench(_bench: Project) -> Iterator[Project]:
    """The finished run, to be edited by a test; the next one finds it as it was."""
    yield _bench
    _bench.run("git", "checkout", "-q", "-f", ".")
    _bench.run("git", "clean", "-q", "-f", "-d")
