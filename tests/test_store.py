import resource
import signal
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facepencil.store import INDEX, Shard, ShardError, atomic, write_shard, write_text
from tests.fixtures.commands import kill_when

names = st.text("abc/.0123", min_size=1, max_size=12).filter(lambda name: name != INDEX)
contents = st.dictionaries(names, st.binary(max_size=200), max_size=8)
indices = st.dictionaries(st.text(max_size=8), st.integers() | st.text() | st.lists(st.booleans()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("store")


@given(contents, indices)
def test_a_shard_gives_back_what_was_written(folder, members, index):
    write_shard(folder / "any.zip", members.items(), index)
    with Shard(folder / "any.zip") as shard:
        assert shard.index == index
        assert {name: shard.read(name) for name in shard.names} == members


@given(contents, indices)
def test_equal_content_is_equal_bytes(folder, members, index):
    write_shard(folder / "one.zip", members.items(), index)
    write_shard(folder / "two.zip", members.items(), dict(reversed(index.items())))
    assert (folder / "one.zip").read_bytes() == (folder / "two.zip").read_bytes()


def test_members_are_stored_uncompressed_in_the_order_given(tmp_path):
    members = [("b.png", b"B" * 99), ("a.png", b"A")]
    write_shard(tmp_path / "s.zip", members, {})
    with zipfile.ZipFile(tmp_path / "s.zip") as archive:
        assert archive.namelist() == ["b.png", "a.png", INDEX]
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        assert archive.testzip() is None


def test_index_may_grow_while_members_are_written(tmp_path):
    index = {"ids": []}

    def members():
        for name in "abc":
            index["ids"].append(name)
            yield f"{name}.png", name.encode()

    write_shard(tmp_path / "s.zip", members(), index)
    with Shard(tmp_path / "s.zip") as shard:
        assert shard.index == {"ids": ["a", "b", "c"]}


def test_failure_midway_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "deep" / "s.zip"
    write_shard(path, [("a", b"old")], {})
    before = path.read_bytes()

    def members():
        yield "a", b"new"
        raise RuntimeError("disk on fire")

    with pytest.raises(RuntimeError):
        write_shard(path, members(), {})
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_kill_midway_leaves_the_old_file_and_the_next_try_cleans_up(workplace):
    path = workplace.root / "text.json"
    write_text(path, "old")
    code = (
        "import sys, time; from pathlib import Path; from facepencil.store import atomic\n"
        "with atomic(Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_text('half'); time.sleep(600)\n"
    )
    half = workplace.root / ".text.tmp.json"
    kill_when(half.exists, workplace.start("python", "-c", code, path))
    assert path.read_text() == "old"
    write_text(path, "new")
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


def test_first_write_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(KeyError), atomic(tmp_path / "a.png") as temporary:
        temporary.write_bytes(b"half")
        raise KeyError("b")
    assert list(tmp_path.iterdir()) == []


def test_temporary_name_keeps_the_suffix(tmp_path):
    with atomic(tmp_path / "a.png") as temporary:
        assert temporary.suffix == ".png"  # writers choose the format by it
        temporary.write_bytes(b"")


@pytest.fixture(scope="module")
def whole(folder) -> bytes:
    write_shard(folder / "whole.zip", [("a.png", b"A" * 50), ("b.png", b"B" * 50)], {"ids": ["a"]})
    return (folder / "whole.zip").read_bytes()


def read_all(path):
    with Shard(path) as shard:
        return shard.index, {name: shard.read(name) for name in shard.names}


@given(st.data())
def test_truncated_shard_is_an_error_that_names_it(folder, whole, data):
    path = folder / "cut.zip"
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(ShardError, match=r"cut\.zip"):
        read_all(path)


@given(st.data())
def test_damaged_content_is_never_read_as_good(folder, whole, data):
    path = folder / "bad.zip"
    place = whole.index(b"A" * 50) + data.draw(st.integers(0, 49))
    damaged = bytearray(whole)
    damaged[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(damaged)
    with pytest.raises(ShardError, match=r"bad\.zip.*a\.png"):
        read_all(path)


@given(st.data())
def test_any_flipped_byte_is_harmless_or_a_shard_error(folder, whole, data):
    path = folder / "flip.zip"
    damaged = bytearray(whole)
    damaged[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(damaged)
    try:
        _, members = read_all(path)
    except ShardError as error:
        assert "flip.zip" in str(error)
    else:
        assert set(members.values()) <= {b"A" * 50, b"B" * 50}


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_shard_is_refused_at_the_door(tmp_path, content):
    (tmp_path / "s.zip").write_bytes(content)
    with pytest.raises(ShardError, match=r"s\.zip: expected a ZIP archive with index\.json"):
        Shard(tmp_path / "s.zip")


def test_a_key_that_another_version_did_not_write_is_told_with_the_shard(tmp_path):
    write_shard(tmp_path / "s.zip", [], {"ids": [], "faces": [{"id": "a"}]})
    with Shard(tmp_path / "s.zip") as shard:
        assert "changes" not in shard.index and shard.index.get("changes") is None
        with pytest.raises(ShardError, match=r"s\.zip: expected 'changes' in its index"):
            shard.index["changes"]
        with pytest.raises(ShardError, match=r"s\.zip: expected 'points'"):
            shard.index["faces"][0]["points"]


def test_an_index_that_is_none_is_refused_at_the_door(tmp_path):
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        archive.writestr(INDEX, "[1]")
    with pytest.raises(ShardError, match=r"s\.zip: expected a ZIP archive with index\.json"):
        Shard(tmp_path / "s.zip")


def test_what_the_disk_refuses_is_told_with_the_file(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    usual = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError, match=r"too large: '\S+a\.txt'"):
            write_text(tmp_path / "a.txt", "a" * 200)
        with pytest.raises(OSError, match=r"too large: '\S+s\.zip'"):
            write_shard(tmp_path / "s.zip", [("a", b"a" * 200)], {})
        with pytest.raises(OSError, match=r"too large: '\S+b'"), atomic(tmp_path / "b") as path:
            try:
                path.write_bytes(b"a" * 200)
            except OSError:
                raise RuntimeError("as libraries do that hide it") from None
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, usual)
    assert list(tmp_path.iterdir()) == []


def test_errors_about_other_files_are_told_as_they_are(tmp_path):
    with pytest.raises(FileNotFoundError, match="other"), atomic(tmp_path / "a"):
        (tmp_path / "other").read_bytes()
    with pytest.raises(ValueError, match="no number"), atomic(tmp_path / "a"):
        raise ValueError("no number")


def test_missing_shard_and_missing_member_are_named(tmp_path):
    with pytest.raises(ShardError, match=r"none\.zip: no such shard"):
        Shard(tmp_path / "none.zip")
    write_shard(tmp_path / "s.zip", [("a", b"")], {})
    with Shard(tmp_path / "s.zip") as shard, pytest.raises(ShardError, match="'b'"):
        shard.read("b")
