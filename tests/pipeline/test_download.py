import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from skimage import data

from facepencil.assets.fetch import Cache
from facepencil.assets.registry import AssetError, load_registry
from facepencil.config.download import DownloadParams
from facepencil.images import encode_png
from facepencil.store import Shard
from pipeline.closure import closure
from pipeline.download import download

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path):
    """Runs the stage on one shard out of n; gives the path of the shard."""

    def run(shard, n, params, out="raw"):
        path = tmp_path / f"{out}{n}/{shard}.zip"
        cache = Cache(ROOT / "state/downloads", ROOT / "assets.lock")
        download(path, shard, n, params, load_registry(), cache)
        return path

    return run


@pytest.fixture
def own(tmp_path):
    """A folder of real photos beside things that are none."""
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    for number in range(9):
        image = data.astronaut()[number : 100 + number, :100]
        where = folder / "more" if number % 2 else folder
        (where / f"{number}.png").write_bytes(encode_png(image))
    (folder / "notes.txt").write_text("no photo")
    return DownloadParams(source="folder", folder=str(folder))


def entries(path):
    with Shard(path) as shard:
        return shard.index["photos"]


def test_shards_hold_every_nth_photo_of_the_sorted_set(run, own):
    whole = [entry["id"] for entry in entries(run(0, 1, own))]
    assert len(whole) == 10 and whole == sorted(whole)
    for shard in range(3):
        assert [entry["id"] for entry in entries(run(shard, 3, own))] == whole[shard::3]


def test_index_tells_what_the_members_are(run, own):
    with Shard(run(0, 1, own)) as shard:
        assert shard.index["source"] == "folder" and shard.index["licence"]
        assert shard.names == [entry["file"] for entry in shard.index["photos"]]
        for entry in shard.index["photos"]:
            content = shard.read(entry["file"])
            assert entry["size"] == len(content)
            assert entry["sha256"] == hashlib.sha256(content).hexdigest()
            assert entry["file"].startswith(entry["id"])
        assert any(name.endswith(".txt") for name in shard.names)


def test_equal_photos_give_equal_bytes(run, own, tmp_path):
    first = run(1, 2, own).read_bytes()
    for photo in Path(own.folder).rglob("*.png"):
        os.utime(photo, (1, 1))
    assert run(1, 2, own, out="again").read_bytes() == first


def test_limit_takes_the_first_ids(run, own):
    whole = [entry["id"] for entry in entries(run(0, 1, own))]
    few = own.model_copy(update={"limit": 5})
    ids = [entry["id"] for n in (0, 1) for entry in entries(run(n, 2, few))]
    assert sorted(ids) == whole[:5]


def test_more_shards_than_photos_leaves_some_empty(run, own):
    assert entries(run(11, 12, own)) == []


def test_an_empty_or_missing_folder_is_named(run, tmp_path):
    for name in ("empty", "missing"):
        params = DownloadParams(source="folder", folder=str(tmp_path / name))
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(AssetError, match=name):
            run(0, 1, params)
        assert not (tmp_path / "raw1").exists()


def test_memory_does_not_grow_with_the_number_of_photos(run, tmp_path):
    def peak(count):
        folder = tmp_path / str(count)
        folder.mkdir()
        for number in range(count):
            (folder / f"{number}.png").write_bytes(os.urandom(400_000))
        tracemalloc.start()
        run(0, 1, DownloadParams(source="folder", folder=str(folder)), out=str(count))
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    few, many = peak(10), peak(100)
    assert many - few < 400_000


def celeba_mini_run(folder):
    """A clone's worth of files for the command, sharing this repository's cache."""
    folder.mkdir()
    (folder / "params.yaml").write_text("shards: [0, 1, 2]\n")
    (folder / "state").mkdir()
    (ROOT / "state/downloads").mkdir(parents=True, exist_ok=True)
    (folder / "state/downloads").symlink_to(ROOT / "state/downloads")
    return folder


def command(folder, shard):
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline.download", "--shard", str(shard)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path},
        stderr=subprocess.PIPE,
        text=True,
    )


def test_celeba_mini_by_three_jobs_at_once(tmp_path):
    folder = celeba_mini_run(tmp_path / "run")
    jobs = [command(folder, shard) for shard in range(3)]
    logs = [job.communicate()[1] for job in jobs]
    assert [job.returncode for job in jobs] == [0, 0, 0], logs
    photos = [entry for n in range(3) for entry in entries(folder / f"data/raw/{n}.zip")]
    assert sorted(entry["id"] for entry in photos) == [f"{n:06d}" for n in range(1, 1000)]
    assert all(set(entry) == {"id", "file", "sha256", "size"} for entry in photos)


def test_killed_and_run_again_gives_the_bytes_of_an_undisturbed_run(tmp_path):
    calm, killed = (celeba_mini_run(tmp_path / name) for name in ("calm", "killed"))
    assert command(calm, 0).wait() == 0
    job = command(killed, 0)
    while not (killed / "data/raw").exists() and job.poll() is None:
        time.sleep(0.001)
    os.kill(job.pid, signal.SIGKILL)
    assert job.wait() == -signal.SIGKILL
    assert not (killed / "data/raw/0.zip").exists()
    assert command(killed, 0).wait() == 0
    whole = (calm / "data/raw/0.zip").read_bytes()
    assert (killed / "data/raw/0.zip").read_bytes() == whole


def test_a_shard_beyond_the_params_is_an_error_that_says_so(tmp_path):
    job = command(celeba_mini_run(tmp_path / "run"), 3)
    assert "--shard 3: params.yaml has shards [0, 1, 2]" in job.communicate()[1]
    assert job.returncode == 1


@pytest.mark.parametrize("stage", ["download", "weights"])
def test_the_stage_needs_no_torch_and_none_of_the_other_stages(stage):
    code = f"import pipeline.{stage}, sys, json; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT))
    assert "torch" not in loaded
    stages = {path.stem for path in closure(stage, ROOT) if path.parent == ROOT / "pipeline"}
    assert stages == {"__init__", "layout", stage}


def test_shards_are_plain_zip_files(run, own):
    assert zipfile.ZipFile(run(0, 1, own)).testzip() is None
