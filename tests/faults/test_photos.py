"""Photos that are hostile, damaged or none are listed with a reason, and cost no other photo."""

import os
import re
import socket
from pathlib import Path

import pytest

from facepencil.assets.fetch import Cache
from facepencil.assets.lists import cut_of, read_list
from facepencil.assets.photos import open_source
from facepencil.assets.registry import AssetError, load_registry
from facepencil.config.crop import CropParams
from facepencil.config.download import DownloadParams
from facepencil.store import Entry, Shard
from pipeline.crop import crop
from pipeline.download import download
from pipeline.list import list_photos
from tests.faults.hostile import fill
from tests.fixtures.assets import Fetch

SHORT, LONG = 30, 500
MOST_MIB = 500
"""Of memory at any time, beyond what tests that ran before hold."""


def cropped(folder: Path, weights: Fetch, downloads: Cache) -> tuple[Entry, dict[str, bytes]]:
    """Index and crops of the photos in `folder`/photos, through the first three stages."""
    params, registry = (
        DownloadParams(source="folder", folder=str(folder / "photos")),
        load_registry(),
    )
    lists, cut = [folder / "list.json"], cut_of(params, 1, "photo")
    list_photos(lists, cut, Path(params.folder), registry, downloads)
    with open_source("folder", Path(params.folder), registry, downloads) as read:
        download(folder / "raw.zip", read_list(lists[0], cut), read)
    index = crop(folder / "raw.zip", weights("yunet.onnx"), folder / "faces.zip", CropParams())
    with Shard(folder / "faces.zip") as shard:
        return index, {name: shard.read(name) for name in shard.names}


def test_each_is_used_or_listed_with_a_reason_and_good_ones_are_as_without(
    tmp_path: Path,
    weights: Fetch,
    downloads: Cache,
    celeba_photos: dict[str, bytes],
    torture: bool,
) -> None:
    Path("/proc/self/clear_refs").write_text("5")  # the peak is that from here on
    before = memory_mib("VmRSS")
    found = {}
    for name, count in {"good": 0, "both": LONG if torture else SHORT}.items():
        photos = tmp_path / name / "photos"
        photos.mkdir(parents=True)
        for number in ("000001", "000002", "000003"):
            (photos / f"real {number}.jpg").write_bytes(celeba_photos[number])
        if count:
            fill(photos, count, celeba_photos)
        found[name] = cropped(tmp_path / name, weights, downloads)
    (good, faces), (index, every) = found["good"], found["both"]
    assert len(faces) == len(good["faces"]) == 3
    assert {name: every[name] for name in faces} == faces
    told = [face["photo"] for face in index["faces"]] + [one["id"] for one in index["rejects"]]
    files = [path for path in (tmp_path / "both/photos").rglob("*") if path.is_file()]
    assert len(told) == len(set(told)) == len(files)
    for reject in index["rejects"]:
        assert reject["reason"].isprintable() and len(reject["reason"]) < 300, reject
    assert list(tmp_path.rglob("mark")) == [], "something was run"
    assert memory_mib("VmHWM") - before < MOST_MIB


def memory_mib(kind: str) -> float:
    """Of this process: VmRSS, what it holds now, or VmHWM, the most that it held."""
    (line,) = re.findall(rf"^{kind}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.M)
    return int(line) / 1024


def fifo(path: Path) -> None:
    os.mkfifo(path)


def socket_file(path: Path) -> None:
    os.chdir(path.parent)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)


def other_bytes(path: Path) -> None:
    Path(os.fsdecode(os.fsencode(path.parent) + b"/\xff odd.jpg")).write_bytes(b"")


def link_to(target: str) -> object:
    return lambda path: path.symlink_to(target)


ODD = {
    "FIFO": fifo,
    "socket": socket_file,
    "not UTF-8": other_bytes,
    "link to nothing": link_to("nowhere"),
    "link to above": link_to("."),
    "link to itself": link_to("odd.jpg"),
    "link to a device": link_to("/dev/zero"),
}


@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_file_is_named_and_nothing_is_written(
    kind, tmp_path, weights, downloads, celeba_photos, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "real.jpg").write_bytes(celeba_photos["000001"])
    ODD[kind](folder / "odd.jpg")
    with pytest.raises(AssetError, match=r"odd\.jpg") as caught:
        cropped(tmp_path, weights, downloads)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]
