"""The modules of the drawing page that need no browser, and the library that comes with it."""

import shutil
import subprocess

import pytest

from tests.page.node import NODE_MODULES, ROOT, run_node

PAGE = ROOT / "src/facepencil/serving/page"


@pytest.mark.parametrize(
    "test", sorted((ROOT / "tests/page/unit").glob("*.test.js")), ids=lambda one: one.name
)
def test_modules(test):
    run_node(test)


def test_library_is_that_of_the_lock():
    shipped = NODE_MODULES / "perfect-freehand"
    code = (shipped / "dist/esm/index.mjs").read_text().partition("//# sourceMappingURL")[0]
    assert (PAGE / "vendor/perfect-freehand.js").read_text() == code
    licence = (PAGE / "vendor/perfect-freehand.LICENSE").read_text()
    assert licence == (shipped / "LICENSE").read_text()


def test_page_names_no_other_host():
    served = [path for path in PAGE.rglob("*") if path.suffix in {".js", ".css", ".html"}]
    texts = {
        path.name: path.read_text().replace("http://www.w3.org/2000/svg", "") for path in served
    }
    assert len(texts) > 20
    assert [name for name, text in texts.items() if "http:" in text or "https:" in text] == []


def test_page_is_in_the_package(tmp_path):
    copy = tmp_path / "copy"
    for name in ("src", "pyproject.toml", "README.md", "LICENSE"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, _made(copy) / name)
    command = "from setuptools import build_meta; print(build_meta.build_wheel('.'))"
    done = subprocess.run(
        ["python", "-c", command], cwd=copy, capture_output=True, text=True, check=True
    )
    wheel = copy / done.stdout.splitlines()[-1]
    shutil.unpack_archive(wheel, tmp_path / "wheel", "zip")
    packed = tmp_path / "wheel/facepencil/serving/page"
    assert _names(packed) == _names(PAGE)


def _made(folder):
    folder.mkdir(exist_ok=True)
    return folder


def _names(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
