"""Fresh copies of the project in which whole tiny runs take place."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline import layout
from tests.fixtures.commands import ROOT, Workplace

OUTPUTS = ("data", "models", "results")


class Project(Workplace):
    """A copy of the working tree in a folder of its own, with its own code."""

    stderr = subprocess.STDOUT  # engines tell on either

    def __init__(self, root: Path) -> None:
        super().__init__(root, root)

    def edit(self, section: str, key: str, value: Any) -> None:
        """Give a key of params.yaml another value."""
        path = self.root / "params.yaml"
        params = yaml.safe_load(path.read_text())
        assert params[section][key] != value
        params[section][key] = value
        path.write_text(yaml.safe_dump(params, sort_keys=False))

    def commit(self) -> None:
        """Commit all that git would hold."""
        who = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
        self.run("git", "add", "-A")
        self.run("git", *who, "commit", "-q", "-m", "state")

    def copy(self, target: Path) -> "Project":
        """A copy that may be changed, times kept."""
        shutil.copytree(self.root, target, symlinks=True)
        return Project(target)

    def outputs(self) -> dict[str, bytes]:
        """Every declared output's bytes, by name, but for what shows the cost of a training."""
        files = [p for top in OUTPUTS for p in (self.root / top).rglob("*") if p.is_file()]
        names = {str(path.relative_to(self.root)): path for path in sorted(files)}
        return {name: names[name].read_bytes() for name in names if not layout.varies(name)}


def copy_project(target: Path, preset: str = "test") -> Project:
    """Copy what git would hold, with one preset as its params and the archives already fetched."""
    listed = Workplace(ROOT).run("git", "ls-files", "-co", "--exclude-standard").stdout
    for name in listed.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    text = (ROOT / f"presets/{preset}.yaml").read_text()
    # The ablation takes minutes; its rows are tried one by one elsewhere.
    (target / "params.yaml").write_text(re.sub(r"^  ablation: .*\n", "", text, flags=re.M))
    (target / "dvc.lock").unlink(missing_ok=True)
    archives = ROOT / "state/downloads"
    archives.mkdir(parents=True, exist_ok=True)
    (target / "state").mkdir()
    (target / "state/downloads").symlink_to(archives)
    project = Project(target)
    project.run("git", "init", "-q")
    return project


@pytest.fixture(scope="session")
def new_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Project]:
    return lambda: copy_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def plan(new_project: Callable[[], Project]) -> Project:
    """A copy in which nothing is ever run."""
    return new_project()


@pytest.fixture(scope="session")
def by_snakemake(new_project: Callable[[], Project]) -> Project:
    """A whole tiny run by Snakemake on two cores."""
    project = new_project()
    project.run("snakemake", "--cores", "2")
    return project


@pytest.fixture(scope="session")
def by_dvc(new_project: Callable[[], Project]) -> Project:
    """A whole tiny run by DVC."""
    project = new_project()
    project.run("python", "-m", "workflow.compile")
    project.run("dvc", "repro")
    return project


@pytest.fixture
def finished(by_snakemake: Project, tmp_path: Path) -> Project:
    """A copy of the finished run that a test may change."""
    return by_snakemake.copy(tmp_path / "project")


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
