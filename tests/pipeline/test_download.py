import hashlib
import json
import os
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from pipeline.closure import closure
from skimage import data

from facepencil.assets.registry import AssetError, load_registry
from facepencil.config.download import DownloadParams
from facepencil.images import encode_png
from facepencil.store import Shard
from pipeline.download import download
from tests.fixtures.commands import ROOT, Workplace, kill_when


@pytest.fixture
def run(tmp_path, downloads):
    """Runs the stage on one shard out of n; gives the path of the shard."""

    def run(shard, n, params, out="raw"):
        path = tmp_path / f"{out}{n}/{shard}.zip"
        download(path, shard, n, params, load_registry(), downloads)
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


@pytest.fixture
def clone(tmp_path, downloads):
    """Makes folders with what the command needs, which share this repository's cache."""
    downloads.folder.mkdir(parents=True, exist_ok=True)

    def make(name):
        folder = tmp_path / name
        (folder / "state").mkdir(parents=True)
        (folder / "state/downloads").symlink_to(downloads.folder)
        (folder / "params.yaml").write_text("shards: [0, 1, 2]\n")
        return Workplace(folder)

    return make


def test_celeba_mini_by_three_jobs_at_once(clone):
    place = clone("run")
    jobs = [place.start_stage("download", "--shard", f"{shard}") for shard in range(3)]
    logs = [job.communicate()[1] for job in jobs]
    assert [job.returncode for job in jobs] == [0, 0, 0], logs
    photos = [entry for n in range(3) for entry in entries(place.root / f"data/raw/{n}.zip")]
    assert sorted(entry["id"] for entry in photos) == [f"{n:06d}" for n in range(1, 1000)]
    assert all(set(entry) == {"id", "file", "sha256", "size"} for entry in photos)


def test_killed_and_run_again_gives_the_bytes_of_an_undisturbed_run(clone):
    calm, killed = clone("calm"), clone("killed")
    calm.run_stage("download", "--shard", "0")
    kill_when((killed.root / "data/raw").exists, killed.start_stage("download", "--shard", "0"))
    assert not (killed.root / "data/raw/0.zip").exists()
    killed.run_stage("download", "--shard", "0")
    whole = (calm.root / "data/raw/0.zip").read_bytes()
    assert (killed.root / "data/raw/0.zip").read_bytes() == whole


def test_a_shard_beyond_the_params_is_an_error_that_says_so(clone):
    done = clone("run").run_stage("download", "--shard", "3", check=False)
    assert "--shard 3: params.yaml has shards [0, 1, 2]" in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize("stage", ["download", "weights"])
def test_the_stage_needs_no_torch_and_none_of_the_other_stages(workplace, stage):
    code = f"import pipeline.{stage}, sys, json; print(json.dumps(sorted(sys.modules)))"
    assert "torch" not in json.loads(workplace.run("python", "-c", code).stdout)
    stages = {path.stem for path in closure(stage, ROOT) if path.parent == ROOT / "pipeline"}
    assert stages == {"__init__", "layout", stage}


def test_shards_are_plain_zip_files(run, own):
    assert zipfile.ZipFile(run(0, 1, own)).testzip() is None
