import hashlib
import json
import os
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from skimage import data

from facepencil.assets.fetch import Cache
from facepencil.assets.lists import cut_of, read_list
from facepencil.assets.photos import open_source
from facepencil.assets.registry import AssetError, load_registry
from facepencil.config.download import DownloadParams
from facepencil.config.params import Params
from facepencil.images import encode_png
from facepencil.store import Shard
from pipeline import layout
from pipeline.code import closure
from pipeline.download import download
from pipeline.list import list_photos
from tests.fixtures.commands import ROOT, kill_when
from tests.fixtures.stages import furnish, link

CACHE = Cache(ROOT / "state/downloads", ROOT / "assets.lock")


def list_all(folder, params, n, group="photo"):
    """Runs stage `list`; gives the paths of the lists and what they are cut by."""
    cut = cut_of(params, n, group)
    lists = [folder / f"lists{n}/{shard}.json" for shard in range(n)]
    list_photos(lists, cut, Path(params.folder), load_registry(), CACHE)
    return lists, cut


@pytest.fixture
def run(tmp_path):
    """Lists, and runs the stage on one shard out of n; gives the path of the shard."""

    def run(shard, n, params, out="raw", group="photo"):
        path = tmp_path / f"{out}{n}/{shard}.zip"
        lists, cut = list_all(tmp_path, params, n, group)
        with open_source(params.source, Path(params.folder), load_registry(), CACHE) as read:
            download(path, read_list(lists[shard], cut), read)
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


def test_shards_hold_every_photo_once_in_order(run, own):
    whole = [entry["id"] for entry in entries(run(0, 1, own))]
    assert len(whole) == 10 and whole == sorted(whole)
    parts = [[entry["id"] for entry in entries(run(shard, 3, own))] for shard in range(3)]
    assert sorted(name for part in parts for name in part) == whole and all(
        part == sorted(part) for part in parts
    )


def test_a_photo_more_leaves_the_other_shards_as_they_were(run, own):
    before = [run(shard, 4, own).read_bytes() for shard in range(4)]
    (Path(own.folder) / "new.png").write_bytes(encode_png(data.coffee()[:100, :100]))
    after = [run(shard, 4, own).read_bytes() for shard in range(4)]
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_copies_carry_their_group_and_others_none(run, own):
    first, copy = Path(own.folder) / "0.png", Path(own.folder) / "more/copy.png"
    copy.write_bytes(first.read_bytes())
    found = {entry["id"]: entry.get("group") for entry in entries(run(0, 1, own))}
    (pair,) = {group for group in found.values() if group}
    tied = {name for name in found if name.startswith(("0-", "more__copy-"))}
    assert pair == min(tied)
    assert {name for name, group in found.items() if group} == tied - {pair}


def test_folders_are_groups_where_asked_for(run, own):
    found = {entry["id"]: entry.get("group") for entry in entries(run(0, 1, own, group="folder"))}
    for name, group in found.items():
        assert group == ("more/" if name.startswith("more__") else None)


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


def test_a_photo_gone_or_changed_since_it_was_listed_is_named(tmp_path, own):
    (path,), cut = list_all(tmp_path, own, 1)
    photo = Path(own.folder) / "0.png"
    for change in (lambda: photo.write_bytes(b"another"), photo.unlink):
        change()
        with (
            open_source("folder", Path(own.folder), load_registry(), CACHE) as read,
            pytest.raises(AssetError, match=r"0\.png.*stage `list`, which must run again"),
        ):
            download(tmp_path / "0.zip", read_list(path, cut), read)
        assert not (tmp_path / "0.zip").exists()


def test_a_photo_of_a_broken_mask_is_a_reject(tmp_path, own):
    (path,), cut = list_all(tmp_path, own, 1)
    listed = read_list(path, cut)
    (Path(own.folder) / "00000_hair.png").write_bytes(b"torn")
    masked = [replace(photo, masks=("00000_hair.png",)) for photo in listed.photos[:1]]
    some = listed.model_copy(update={"photos": masked + listed.photos[1:]})
    with open_source("folder", Path(own.folder), load_registry(), CACHE) as read:
        index = download(tmp_path / "0.zip", some, read)
    (reject,) = index["rejects"]
    assert reject["id"] == masked[0].id and "mask of hair: expected an image" in reject["reason"]
    assert [entry["id"] for entry in index["photos"]] == [one.id for one in listed.photos[1:]]
    assert entries(tmp_path / "0.zip") == index["photos"]


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
    """Makes folders with what the command needs and the lists, sharing this repository's cache."""
    downloads.folder.mkdir(parents=True, exist_ok=True)

    def make(name):
        (tmp_path / name).mkdir()
        place = furnish(tmp_path / name, Params(shards=[0, 1, 2]))
        link(place.root, layout.DOWNLOADS, downloads.folder)
        place.run_stage("list")
        return place

    return make


def test_celeba_mini_by_three_jobs_at_once(clone):
    place = clone("run")
    jobs = [place.start_stage("download", "--shard", f"{shard}") for shard in range(3)]
    logs = [job.communicate()[1] for job in jobs]
    assert [job.returncode for job in jobs] == [0, 0, 0], logs
    photos = [entry for n in range(3) for entry in entries(place.root / layout.raw(n))]
    assert sorted(entry["id"] for entry in photos) == [f"{n:06d}" for n in range(1, 1000)]
    assert all(set(entry) == {"id", "file", "sha256", "size"} for entry in photos)


def test_killed_and_run_again_gives_the_bytes_of_an_undisturbed_run(clone):
    calm, killed = clone("calm"), clone("killed")
    calm.run_stage("download", "--shard", "0")
    kill_when((killed.root / "data/raw").exists, killed.start_stage("download", "--shard", "0"))
    assert not (killed.root / layout.raw(0)).exists()
    killed.run_stage("download", "--shard", "0")
    whole = (calm.root / layout.raw(0)).read_bytes()
    assert (killed.root / layout.raw(0)).read_bytes() == whole


def test_a_shard_beyond_the_params_is_an_error_that_says_so(clone):
    done = clone("run").run_stage("download", "--shard", "3", check=False)
    assert "asks for no job download --shard 3" in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize("stage", ["download", "list", "weights"])
def test_the_stage_needs_no_torch_and_none_of_the_other_stages(workplace, stage):
    code = f"import pipeline.{stage}, sys, json; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(workplace.run("python", "-c", code).stdout)
    assert "torch" not in loaded
    stages = {path.stem for path in closure(stage, ROOT) if path.parent == ROOT / "pipeline"}
    assert stages == {"__init__", stage}


def test_shards_are_plain_zip_files(run, own):
    assert zipfile.ZipFile(run(0, 1, own)).testzip() is None
