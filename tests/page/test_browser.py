"""The drawing page in Chromium, served as `facepencil draw` serves it."""

import shutil

import pytest

from facepencil.networks.finder_file import save_finder
from facepencil.serving.exemplars import choose_exemplars
from facepencil.strokes.strokes import write_strokes
from tests.page.node import ROOT, run_node
from tests.serving.test_http_server import serving, wait_for_export

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


@pytest.fixture(scope="module")
def address(tmp_path_factory, trained_finder):
    """Of a server that has what a run makes: a finder of parts, and exemplars."""
    folder = tmp_path_factory.mktemp("draw")
    save_finder(folder / "models/finder.safetensors", trained_finder.finder)
    write_strokes(folder / "models/exemplars.npz", choose_exemplars(trained_finder.seen, 9))
    with serving(folder) as (_, port, _):
        wait_for_export(port)  # Tests compare faces byte by byte, which torch paints otherwise.
        yield f"http://127.0.0.1:{port}/"


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")
@pytest.mark.parametrize(
    "test", sorted((ROOT / "tests/page/browser").glob("*.test.js")), ids=lambda one: one.name
)
def test_page(test, address):
    run_node(test, FACEPENCIL_PAGE=address, FACEPENCIL_CHROMIUM=CHROMIUM)
