import io
import stat
import struct
import tarfile
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facepencil.assets.archive import Archive
from facepencil.assets.registry import AssetError


def make_zip(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return path


def make_tar(path, members, kind=tarfile.REGTYPE, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.type, info.size, info.linkname = kind, len(data), "/etc/passwd"
            archive.addfile(info, io.BytesIO(data))
    return path


MAKERS = [make_zip, make_tar]


@pytest.mark.parametrize("make", MAKERS)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,9}(/[a-z]{1,9})?", fullmatch=True), st.binary()))
def test_gives_back_what_went_in(make, tmp_path_factory, members):
    members = {name: data for name, data in members.items() if f"{name}/" not in str(members)}
    path = make(tmp_path_factory.mktemp("a") / "a", members)
    with Archive(path) as archive:
        assert {name: archive.read(name) for name in archive.names} == members


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "..\\x", "C:\\x", "C:x", "\\x"])
def test_members_that_climb_out_are_refused(make, name, tmp_path):
    with pytest.raises(AssetError, match="unsafe member"):
        Archive(make(tmp_path / "a", {"fine": b"1", name: b"2"}))


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE]
)
def test_links_and_devices_in_a_tar_are_refused(kind, tmp_path):
    with pytest.raises(AssetError, match="unsafe member 'link'"):
        Archive(make_tar(tmp_path / "a", {"link": b""}, kind))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK])
def test_links_and_devices_in_a_zip_are_refused(kind, tmp_path):
    info = zipfile.ZipInfo("link")
    info.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(AssetError, match="unsafe member 'link'"):
        Archive(tmp_path / "a")


@pytest.mark.parametrize("make", MAKERS)
def test_a_bomb_is_refused_before_it_goes_off(make, tmp_path):
    path = make(tmp_path / "a", {"zeros": bytes(80 << 20)})
    with pytest.raises(AssetError, match="bomb"):
        Archive(path)


def test_a_bomb_that_lies_about_its_size_stops_at_the_size_told(tmp_path):
    path = make_zip(tmp_path / "a", {"zeros": bytes(80 << 20)})
    true, told = struct.pack("<I", 80 << 20), struct.pack("<I", 1000)
    path.write_bytes(path.read_bytes().replace(true, told))
    written = io.BytesIO()
    with Archive(path) as archive, pytest.raises(AssetError, match="broken"):
        archive.copy("zeros", written)
    assert len(written.getvalue()) <= 1000


@pytest.mark.parametrize("make", MAKERS)
def test_a_truncated_archive_is_an_error(make, tmp_path):
    path = make(tmp_path / "a", {"a": bytes(range(256)) * 999, "b": b"2"})
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(AssetError, match="whole"):
        Archive(path)


def test_a_spoilt_member_is_an_error(tmp_path):
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        archive.writestr("a", b"some photo")
    spoilt = (tmp_path / "a").read_bytes().replace(b"photo", b"phot0")
    (tmp_path / "a").write_bytes(spoilt)
    with Archive(tmp_path / "a") as archive, pytest.raises(AssetError, match="'a' is broken"):
        archive.read("a")


def test_what_is_no_archive_and_who_is_no_member(tmp_path):
    (tmp_path / "text").write_text("hello")
    with pytest.raises(AssetError, match="expected a whole"):
        Archive(tmp_path / "text")
    for make in MAKERS:
        path = make(tmp_path / "a", {"a": b""})
        with Archive(path) as archive, pytest.raises(AssetError, match="no member 'b'"):
            archive.read("b")


@pytest.mark.parametrize("make", MAKERS)
@given(st.lists(st.sampled_from([b"", b"one", b"two", b"long", b"ring"]), max_size=9))
def test_contents_are_equal_where_bytes_are(make, tmp_path_factory, datas):
    members = {f"{number}.jpg": data for number, data in enumerate(datas)}
    path = make(tmp_path_factory.mktemp("a") / "a", members)
    with Archive(path) as archive:
        found = archive.contents(list(members))
    for one, key in zip(datas, found, strict=True):
        assert [one == other for other in datas] == [key == other for other in found]


def test_members_of_one_size_and_checksum_are_told_apart(tmp_path):
    pair = b"plumless", b"buckeroo"  # of equal CRC-32
    assert zlib.crc32(pair[0]) == zlib.crc32(pair[1])
    path = make_zip(tmp_path / "a", {"1": pair[0], "2": pair[1], "3": pair[0]})
    with Archive(path) as archive:
        first, second, third = archive.contents(["1", "2", "3"])
    assert first == third != second
