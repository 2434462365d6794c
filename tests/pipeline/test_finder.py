"""The stage `finder` as it is run."""

from contextlib import chdir
from pathlib import Path

import pytest

from facepencil.config.params import load_params
from facepencil.networks.finder_file import load_finder
from facepencil.strokes.strokes import Facial
from pipeline import layout
from pipeline.dataset import dataset
from tests.fixtures.commands import ROOT, Workplace
from tests.fixtures.stages import furnish, link, vouch


@pytest.fixture(scope="module")
def house(tmp_path_factory, chain: Path) -> Path:
    """A repository of one shard of real sketches."""
    root = tmp_path_factory.mktemp("house")
    params = load_params(ROOT / "presets/test.yaml").model_copy(update={"shards": [0]})
    furnish(root, params)
    faces, strokes = layout.faces(0), layout.strokes(0)
    link(root, faces, chain / "faces.zip")
    link(root, strokes, chain / "strokes.npz")
    with chdir(root):
        sets = layout.train_set(), layout.test_set()
        dataset([faces, strokes, faces], sets, params.seed, params.split)
    vouch(root)
    return root


@pytest.mark.slow
def test_a_run_leaves_a_finder_that_knows_where_parts_lie(house):
    path = house / layout.finder()
    Workplace(house).run_stage("finder")
    assert "16 sketches seen" in (house / layout.log("finder", {})).read_text()
    found = load_finder(path)
    assert set(found.layout) == {part.name for part in Facial} - {"REST"}
    left, right = found.layout["LEFT_EYE"], found.layout["RIGHT_EYE"]
    assert left[0] < 256 < right[0] and left[1] < found.layout["MOUTH"][1]
    first = path.read_bytes()
    path.unlink()
    Workplace(house).run_stage("finder")
    assert path.read_bytes() == first
