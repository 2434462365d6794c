import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facepencil.assets.groups import groups_of
from facepencil.assets.lists import Cut, cut_lists, read_list, shard_of
from facepencil.assets.photos import Photo, Photos
from facepencil.assets.registry import AssetError

CUT = Cut(source="folder", shards=8, limit=None, group="photo")


def photos(count):
    found = [Photo(f"{n:03d}", f"some/{n}.jpg", f"{n:03d}") for n in range(count)]
    return Photos(found, "yours", lambda name: b"")


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 8)), max_size=20))
def test_groups_are_the_connected_parts_named_by_their_smallest(items):
    owns, contents = [own for own, _ in items], [content for _, content in items]
    found = groups_of(owns, contents)
    parts = [{own} for own in set(owns)]
    for content in set(contents):
        tied = {own for own, each in items if each == content}
        touched = [part for part in parts if part & tied]
        parts = [part for part in parts if not part & tied] + [set().union(*touched)]
    assert found == [min(part) for own in owns for part in parts if own in part]


def test_a_photo_more_or_less_moves_no_other():
    before = cut_lists(photos(200), CUT)
    after = cut_lists(photos(201), CUT)
    changed = [a.text() != b.text() for a, b in zip(before, after, strict=True)]
    assert sum(changed) == 1 and changed.index(True) == shard_of("200", 8)


def test_lists_hold_every_photo_once_in_order_and_not_one_shard_is_much_larger():
    lists = cut_lists(photos(800), CUT)
    for part in lists:
        ids = [photo.id for photo in part.photos]
        assert ids == sorted(ids) and 60 < len(ids) < 140
    assert sum(len(part.photos) for part in lists) == 800


def test_a_limit_takes_the_first_ids():
    lists = cut_lists(photos(50), CUT.model_copy(update={"limit": 5}))
    ids = {photo.id for part in lists for photo in part.photos}
    assert ids == {f"{n:03d}" for n in range(5)}


def test_a_list_is_read_as_it_was_written(tmp_path):
    masked = Photo("1", "1.jpg", "0", "val", ("m/1_hair.png", "m/1_skin.png"), "ab" * 32)
    (written, *_) = cut_lists(
        Photos([masked], "yours", lambda name: b""), CUT.model_copy(update={"shards": 1})
    )
    (tmp_path / "0.json").write_text(written.text())
    assert read_list(tmp_path / "0.json", written.cut) == written


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"member": "../secret.jpg"}, "not inside"),
        ({"member": "/etc/passwd"}, "not inside"),
        ({"masks": ["C:\\masks.png"]}, "not inside"),
        ({"member": 5}, "photos.0.member"),
        ({"licence": "mine"}, "photos.0.licence"),
    ],
)
def test_a_list_that_leads_elsewhere_or_is_none_is_named(tmp_path, change, expected):
    found = json.loads(cut_lists(photos(1), CUT.model_copy(update={"shards": 1}))[0].text())
    found["photos"][0] |= change
    path = tmp_path / "0.json"
    path.write_text(json.dumps(found))
    with pytest.raises(AssetError, match=rf"0\.json(.|\n)*{expected}"):
        read_list(path, CUT.model_copy(update={"shards": 1}))


def test_a_list_made_for_other_params_says_what_differs(tmp_path):
    path = tmp_path / "0.json"
    path.write_text(cut_lists(photos(9), CUT)[0].text())
    with pytest.raises(AssetError, match=r"0\.json.*shards is 8, expected 4, limit is None, expec"):
        read_list(path, CUT.model_copy(update={"shards": 4, "limit": 3}))
    with pytest.raises(AssetError, match=r"1\.json: no such list"):
        read_list(tmp_path / "1.json", CUT)
