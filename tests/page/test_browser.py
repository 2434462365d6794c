"""The drawing page in Chromium, served as `facepencil draw` serves it."""

import shutil

import pytest

from facepencil.serving.stroke_chains import strokes_of_chains
from facepencil.strokes.strokes import write_strokes
from tests.page.node import ROOT, run_node
from tests.serving.test_api import FACE
from tests.serving.test_http_server import serving

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("draw")
    strokes = folder / "strokes.npz"
    write_strokes(strokes, {"0": strokes_of_chains(FACE)})
    with serving(folder, "--strokes", str(strokes)) as (_, port, _):
        yield f"http://127.0.0.1:{port}/"


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")
@pytest.mark.parametrize(
    "test", sorted((ROOT / "tests/page/browser").glob("*.test.js")), ids=lambda one: one.name
)
def test_page(test, address):
    run_node(test, FACEPENCIL_PAGE=address, FACEPENCIL_CHROMIUM=CHROMIUM)
