"""Stage `list` on a folder of one's own photos."""

from pathlib import Path

import pytest

from facepencil.assets.fetch import Cache
from facepencil.assets.lists import Cut, read_list
from facepencil.assets.registry import AssetError, load_registry
from pipeline.list import list_photos

CUT = Cut(source="folder", shards=3, limit=None, group="photo")


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number}.jpg").write_bytes(b"photo %d" % number)
    return folder


@pytest.fixture
def outs(tmp_path):
    return [tmp_path / f"lists/{shard}.json" for shard in range(3)]


def run(outs, folder, cut=CUT):
    cache = Cache(Path("nowhere"), Path("nothing"))
    return list_photos(outs, cut, folder, load_registry(), cache)


def test_every_photo_is_in_one_list(outs, photos):
    (photos / ".hidden.jpg").write_bytes(b"")
    assert run(outs, photos) == "20 photos listed, 3 of 3 lists changed"
    found = [photo.member for out in outs for photo in read_list(out, CUT).photos]
    assert sorted(found) == sorted(f"{number}.jpg" for number in range(20))
    assert not any(str(photos.parent) in out.read_text() for out in outs)


def test_lists_that_stand_are_not_written_again(outs, photos):
    run(outs, photos)
    before = [out.stat().st_mtime_ns for out in outs]
    assert "0 of 3 lists changed" in run(outs, photos)
    assert [out.stat().st_mtime_ns for out in outs] == before
    (photos / "3.jpg").write_bytes(b"another photo")
    assert "1 of 3 lists changed" in run(outs, photos)


@pytest.mark.parametrize("away", ["empty", "missing"])
def test_without_photos_the_lists_of_before_stand(outs, photos, away):
    run(outs, photos)
    before = [out.read_bytes() for out in outs]
    for photo in photos.iterdir():
        photo.unlink()
    if away == "missing":
        photos.rmdir()
    said = run(outs, photos)
    assert said == f"no photos in {photos}: the lists of 20 stand"
    assert [out.read_bytes() for out in outs] == before
    with pytest.raises(AssetError, match=r"0\.json: .*limit is None, expected 5"):
        run(outs, photos, CUT.model_copy(update={"limit": 5}))


def test_without_photos_or_lists_the_folder_is_named(outs, tmp_path):
    (tmp_path / "empty").mkdir()
    for name in ("empty", "missing"):
        with pytest.raises(AssetError, match=rf"{name}: no photos in it; put yours there"):
            run(outs, tmp_path / name)
    assert not outs[0].parent.exists()
