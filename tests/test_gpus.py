"""Several processes share a machine's GPUs; a GPU is a name here, and none needs to be there."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from facepencil.gpus import count_gpus, take_gpu

TAKER = """
import sys
from pathlib import Path
from facepencil.gpus import take_gpu
print(take_gpu(sys.argv[2:], Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


def taker(folder: Path, *names: str) -> subprocess.Popen[str]:
    """A process that takes one of some GPUs and keeps it until its input ends."""
    pipe = subprocess.PIPE
    code = [sys.executable, "-c", TAKER, str(folder), *names]
    return subprocess.Popen(code, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def taken(process: subprocess.Popen[str]) -> int:
    assert process.stdout
    return int(process.stdout.readline())


def test_each_process_has_one_and_who_comes_late_gets_the_first_that_is_freed(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "locks"
    both = [taker(folder, "a", "b") for _ in range(2)]
    places = [taken(one) for one in both]
    assert sorted(places) == [0, 1]
    late = taker(folder, "a", "b")
    assert late.stderr
    assert "all 2 GPUs are taken" in late.stderr.readline()
    # Killed, as by the kernel: nothing is left to clean up.
    both[1].kill()
    assert taken(late) == places[1]
    for process in (*both, late):
        process.communicate()


def test_what_is_hidden_from_a_process_is_left_to_others(tmp_path: Path) -> None:
    """CUDA_VISIBLE_DEVICES numbers cards anew in each process; their names stay."""
    one, other = taker(tmp_path, "b"), taker(tmp_path, "a", "b")
    assert taken(one) == 0
    assert taken(other) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"a.lock", "b.lock"}
    for process in (one, other):
        process.communicate()


def test_all_users_may_use_the_folder_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        assert take_gpu(["a"], tmp_path / "locks") == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "locks").stat().st_mode) == 0o1777
    assert stat.S_IMODE((tmp_path / "locks/a.lock").stat().st_mode) & 0o444 == 0o444


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_a_file_of_another_user_can_be_locked(tmp_path: Path) -> None:
    for path in (tmp_path, *list(tmp_path.parents)[:2]):
        path.chmod(0o755)
    folder = tmp_path / "locks"
    mine = taker(folder, "a")
    assert taken(mine) == 0
    code = TAKER.replace("print(", "import os; os.setuid(65534)\nprint(")
    theirs = subprocess.Popen(
        [sys.executable, "-c", code, str(folder), "a", "b"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert taken(theirs) == 1
    assert (folder / "b.lock").stat().st_uid == 65534
    for process in (mine, theirs):
        process.communicate()


def test_without_names_there_is_nothing_to_take(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="names of some GPUs"):
        take_gpu([], tmp_path)


@pytest.mark.parametrize(
    ("visible", "count"),
    [
        (None, 3),
        ("", 0),
        ("0,2", 2),
        ("1,-1,2", 1),
        ("GPU-8f", 1),
        ("0,1,2,3", 3),
        ("MIG-a,MIG-b", 2),
    ],
)
def test_gpus_are_counted_as_cuda_does(tmp_path: Path, visible: str | None, count: int) -> None:
    for name in ("nvidia0", "nvidia1", "nvidia2", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    environment = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    assert count_gpus(environment, tmp_path) == count


def test_a_machine_without_a_card_has_none(tmp_path: Path) -> None:
    assert count_gpus({"CUDA_VISIBLE_DEVICES": "0"}, tmp_path) == 0
