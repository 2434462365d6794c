"""One engine at a time in a tree."""

import json
import os
import subprocess
import sys

import psutil
import pytest

from pipeline import holder


@pytest.fixture
def sleeper():
    """Another living process."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture(autouse=True)
def tree(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (holder.ENV, "DVC_STAGE"):
        monkeypatch.delenv(name, raising=False)


def test_a_living_engine_keeps_others_out_and_is_named(sleeper):
    holder.hold("dvc", sleeper.pid)
    with pytest.raises(holder.TreeHeld, match=rf"dvc works on this tree \(process {sleeper.pid} "):
        holder.hold("snakemake", os.getpid())
    with pytest.raises(holder.TreeHeld, match=r"since 20\d\d-"):
        holder.join({})


def test_the_same_engine_may_hold_again_and_its_jobs_may_join(sleeper):
    holder.hold("snakemake", sleeper.pid)
    holder.hold("snakemake", sleeper.pid)
    holder.join({holder.ENV: str(sleeper.pid)})


def test_a_dead_engine_holds_nothing(sleeper):
    holder.hold("dvc", sleeper.pid)
    sleeper.kill()
    sleeper.wait()
    holder.hold("snakemake", os.getpid())
    assert json.loads(holder.FILE.read_text())["engine"] == "snakemake"


def test_a_process_with_the_number_of_a_dead_engine_is_not_taken_for_it(sleeper):
    holder.hold("dvc", sleeper.pid)
    found = json.loads(holder.FILE.read_text())
    found["started"] -= 1000
    holder.FILE.write_text(json.dumps(found))
    holder.join({})


@pytest.mark.parametrize("jump_s", [-3600, 3600])
def test_a_clock_that_is_set_frees_no_tree(sleeper, monkeypatch, jump_s):
    holder.hold("dvc", sleeper.pid)
    boot = psutil.boot_time()  # all times of day are reckoned from it
    monkeypatch.setattr(psutil._pslinux, "boot_time", lambda: boot + jump_s)
    with pytest.raises(holder.TreeHeld):
        holder.join({})


def test_an_engine_on_another_machine_is_believed_to_live(sleeper):
    holder.hold("snakemake", sleeper.pid)
    found = json.loads(holder.FILE.read_text()) | {"host": "elsewhere", "pid": 1}
    holder.FILE.write_text(json.dumps(found))
    with pytest.raises(holder.TreeHeld, match=r"on elsewhere.*remove state/holder\.json"):
        holder.join({})


def test_a_torn_file_holds_nothing():
    holder.FILE.parent.mkdir()
    holder.FILE.write_text('{"engine": "dv')
    holder.join({})
