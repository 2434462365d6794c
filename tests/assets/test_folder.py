import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facepencil.assets import folder as folder_module
from facepencil.assets.folder import Folder, NoPhotosError, id_of
from facepencil.assets.registry import AssetError

NAMES = st.lists(
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1).filter(
        lambda part: part not in (".", "..")
    ),
    min_size=1,
    max_size=4,
).map("/".join)


def fill(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    return root


def test_lists_every_file_at_every_depth_in_order_but_hidden_ones(tmp_path):
    names = ["b.jpg", "a/z.png", "a/b/c.txt", "a.jpg"]
    own = Folder(fill(tmp_path, *names, ".gitkeep", "a/.DS_Store", ".trash/d.jpg"))
    assert own.names == sorted(names)
    assert own.read("a/z.png") == b"a/z.png"


@given(NAMES)
def test_ids_are_safe_names(name):
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*-[0-9a-f]{8}", id_of(name))
    assert len(id_of(name)) < 100


@given(st.sets(NAMES, min_size=2, max_size=9))
def test_ids_are_unique(names):
    assert len({id_of(name).lower() for name in names}) == len(names)


def test_ids_are_readable_and_tell_neighbours_apart():
    assert id_of("trip/Anna 1.JPG").startswith("trip__Anna-1-")
    assert len({id_of(name).lower() for name in ("a.jpg", "a.png", "A.jpg", "a/.jpg")}) == 4


def test_links_to_elsewhere_are_followed(tmp_path):
    fill(tmp_path / "far", "a.jpg")
    fill(tmp_path / "near", "b.jpg")
    (tmp_path / "near/link").symlink_to(tmp_path / "far")
    assert Folder(tmp_path / "near").names == ["b.jpg", "link/a.jpg"]


def test_links_in_a_circle_or_to_nothing_are_named(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/loop").symlink_to(tmp_path)
    with pytest.raises(AssetError, match=r"a/loop: a link back"):
        Folder(tmp_path).names  # noqa: B018
    (tmp_path / "a/loop").unlink()
    (tmp_path / "a/dead").symlink_to(tmp_path / "nowhere")
    with pytest.raises(AssetError, match=r"a/dead: neither"):
        Folder(tmp_path).names  # noqa: B018


def test_a_missing_folder_and_a_file_gone_meanwhile_are_named(tmp_path):
    with pytest.raises(NoPhotosError, match=r"absent: no photos in it; put yours"):
        Folder(tmp_path / "absent").names  # noqa: B018
    own = Folder(fill(tmp_path, "a.jpg"))
    (tmp_path / "a.jpg").unlink()
    with pytest.raises(AssetError, match=r"a\.jpg"):
        own.read("a.jpg")


def test_a_file_too_large_for_a_photo_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_module, "_LARGEST", 3)
    with pytest.raises(AssetError, match=r"video\.mp4: larger"):
        Folder(fill(tmp_path, "video.mp4")).read("video.mp4")
