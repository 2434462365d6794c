"""Results that one clone pushed and another pulled: nothing is left to do, for either engine."""

from pathlib import Path

import pytest

from tests.fixtures.servers import KEYS, S3, Ssh
from tests.workflow.conftest import Project

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


def add_ssh(project: Project, ssh: Ssh) -> None:
    """As docs/sharing.md has it; the key is this machine's own affair."""
    place = f"ssh://root@127.0.0.1:{ssh.port}{ssh.folder}/cache"
    project.run("dvc", "remote", "add", "--default", "shared", place)
    use_key(project, ssh)


def use_key(project: Project, ssh: Ssh) -> None:
    key = ssh.folder / "user_key"
    project.run("dvc", "remote", "modify", "--local", "shared", "keyfile", key)


def clone(project: Project, target: Path) -> Project:
    """What a colleague gets by git, with the archives that were fetched, but no result."""
    project.commit()
    project.run("git", "clone", "-q", project.root, target)
    other = Project(target)
    assert not (target / "data").exists()
    (target / "state").mkdir()
    (target / "state/downloads").symlink_to((project.root / "state/downloads").resolve())
    return other


def check_nothing_to_do(project: Project, other: Project) -> None:
    assert other.outputs() == project.outputs()
    assert "Data and pipelines are up to date" in other.run("dvc", "status").stdout
    for command in (("dvc", "repro"), ("snakemake", "--cores", "2")):
        said = other.run(*command).stdout
        assert "up to date" in said and " ...\n" not in said, said
    assert other.outputs() == project.outputs()


def test_over_ssh(finished: Project, ssh: Ssh, tmp_path: Path):
    add_ssh(finished, ssh)
    finished.run("dvc", "push", "--quiet")
    other = clone(finished, tmp_path / "clone")
    use_key(other, ssh)
    other.run("dvc", "pull", "--quiet")
    check_nothing_to_do(finished, other)


@pytest.mark.sharing
def test_over_s3(finished: Project, s3: S3, tmp_path: Path):
    """An emulator: that of moto."""
    finished.run("dvc", "remote", "add", "--default", "shared", "s3://shared/facepencil")
    finished.run("dvc", "remote", "modify", "shared", "endpointurl", s3.uri)
    finished.run("dvc", "push", "--quiet", **KEYS)
    other = clone(finished, tmp_path / "clone")
    other.run("dvc", "pull", "--quiet", **KEYS)
    check_nothing_to_do(finished, other)


def test_a_remote_that_lacks_a_file_is_named(finished: Project, tmp_path: Path):
    finished.run("dvc", "remote", "add", "--default", "shared", tmp_path / "empty")
    other = clone(finished, tmp_path / "clone")
    refused = other.run("dvc", "pull", check=False)
    assert refused.returncode != 0
    assert "data/faces/0.zip" in refused.stdout
