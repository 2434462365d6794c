"""One's own photos through the graph: used, refused with a reason, noticed when added."""

import pytest
import yaml
from skimage import data, io

from facepencil.store import Shard

pytestmark = pytest.mark.slow
TARGETS = ("data/faces/0.zip", "data/faces/1.zip")


def test_own_photos_are_cropped_and_later_ones_are_noticed(new_project):
    project = new_project()
    folder = project.root / "photos"
    (folder / "holiday").mkdir()
    io.imsave(folder / "holiday/moon landing.png", data.astronaut())
    (folder / "list.txt").write_text("no photo")
    path = project.root / "params.yaml"
    params = yaml.safe_load(path.read_text())
    params["download"] |= {"source": "folder", "limit": None}
    path.write_text(yaml.safe_dump(params))
    project.run("snakemake", "--cores", "2", *TARGETS)
    indices = [Shard(project.root / target).index for target in TARGETS]
    assert sum(len(index["faces"]) for index in indices) == 1
    rejects = [reject for index in indices for reject in index["rejects"]]
    assert len(rejects) == 1 and rejects[0]["reason"]
    assert "Nothing to be done" in project.run("snakemake", "-n", *TARGETS).stdout
    io.imsave(folder / "another.png", data.astronaut()[:, ::-1])
    plan = project.run("snakemake", "-n", *TARGETS).stdout
    assert "list is outdated: photos in photos came, went or changed" in plan
