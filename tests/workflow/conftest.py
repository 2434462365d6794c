"""Fresh copies of the project in which whole tiny runs take place."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
OUTPUTS = ("data", "models", "results")


@dataclass(frozen=True)
class Project:
    """A copy of the working tree, in a folder of its own."""

    root: Path

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command at the copy's root, with the copy's code."""
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self.environment(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout[-6000:]
        return done

    def environment(self) -> dict[str, str]:
        programs = Path(sys.executable).parent
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "GIT_"))},
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(self.root / "src"),
            "OMP_NUM_THREADS": "1",
        }

    def outputs(self) -> dict[str, bytes]:
        """Every declared output's bytes, by name."""
        files = [p for top in OUTPUTS for p in (self.root / top).rglob("*") if p.is_file()]
        return {str(p.relative_to(self.root)): p.read_bytes() for p in sorted(files)}


def copy_project(target: Path, preset: str = "test") -> Project:
    """Copy what git would hold, with one preset as its params and the archives already fetched."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        text=True,
        stdout=subprocess.PIPE,
    ).stdout.split("\n")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    shutil.copy(ROOT / f"presets/{preset}.yaml", target / "params.yaml")
    (target / "dvc.lock").unlink(missing_ok=True)
    archives = ROOT / "state/downloads"
    archives.mkdir(parents=True, exist_ok=True)
    (target / "state").mkdir()
    (target / "state/downloads").symlink_to(archives)
    subprocess.run(["git", "init", "-q"], cwd=target, check=True)
    return Project(target)


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
    project.run("dvc", "repro")
    return project
