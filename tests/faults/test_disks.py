"""Disks that are full, out of inodes or read-only: a stage says which file it could not write.

The finished run lies on a tmpfs, which is mounted anew with less room.
"""

import os
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.forge import Forge
from tests.faults.victim import FIRST, SLOW, Victim
from tests.fixtures.projects import Project

pytestmark = pytest.mark.slow

IN_SHORT = {
    "full": ("crop", "vectorize", "dataset", "train", "report", "weights"),
    "no inodes": ("list", "deform", "train"),
    "read-only": ("download", "classifier"),
}
REFUSALS = {"full": "No space left on device", "no inodes": "No space left on device"} | {
    "read-only": "Read-only file system"
}
PAGE = 4096


class Disk:
    """A tmpfs with a project on it."""

    def __init__(self, folder: Path, source: Project) -> None:
        self._folder = folder
        folder.mkdir()
        self._mount("size=2g,nr_inodes=100k")
        self.project = source.copy(folder / "project")

    def _mount(self, options: str, *more: str) -> None:
        command = ["mount", *more, "-t", "tmpfs", "-o", options, "tmpfs", str(self._folder)]
        subprocess.run(command, check=True, capture_output=True, text=True)

    def limit(self, kind: str, size: int) -> None:
        """Leave room for `size` bytes, or for none of something."""
        now = os.statvfs(self._folder)
        used, inodes = (now.f_blocks - now.f_bfree) * now.f_frsize, now.f_files - now.f_ffree
        options = {
            "full": f"size={used + size // PAGE * PAGE}",
            "no inodes": f"nr_inodes={inodes}",
            "read-only": "ro",
        }
        self._mount(f"remount,{options[kind]}")

    def free(self) -> None:
        """Give all room back."""
        self._mount("remount,rw,size=2g,nr_inodes=100k")

    def unmount(self) -> None:
        """Take the disk away."""
        subprocess.run(["umount", "--lazy", str(self._folder)], check=True)


@pytest.fixture(scope="module")
def disk(by_snakemake: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    folder = tmp_path_factory.mktemp("disks") / "small"
    try:
        one = Disk(folder, by_snakemake)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a tmpfs cannot be mounted here: {error}")
    yield one
    one.unmount()


@pytest.fixture(scope="module")
def on_disk(
    disk: Disk, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Victim]]:
    forge = Forge(disk.project, tmp_path_factory.mktemp("said"))
    yield lambda stage: Victim(disk.project, forge, FIRST[stage])
    forge.close()


@pytest.mark.parametrize("kind", IN_SHORT)
@pytest.mark.parametrize("stage", FIRST)
def test_what_is_refused_is_told_and_the_next_run_ends_as_usual(
    kind: str, stage: str, disk: Disk, on_disk: Callable[[str], Victim], torture: bool
) -> None:
    if not torture and stage not in IN_SHORT[kind]:
        pytest.skip("in short other stages are tried")
    victim, draw = on_disk(stage), random.Random(f"{stage} {kind}")
    shares = [0, draw.random()] if torture and kind == "full" and stage not in SLOW else [0]
    for share in shares:
        victim.clear()
        disk.limit(kind, int(share * victim.size))
        done = victim.run()
        disk.free()
        assert victim.spoilt() == []
        # What is made last may have had room: costs are shorter, pages are rounded.
        if done.returncode or not share:
            file, _, reason = victim.why(done).partition(": ")
            assert reason == REFUSALS[kind], done.stdout
            assert Path(file).parts[0] in ("data", "models", "results", "state", "logs"), file
    victim.assert_ends_as_usual()
    victim.restore()
