"""One's own photos through the graph: used, refused with a reason, noticed when added.

A photo that is added costs the jobs of its shard, however many shards there are.
"""

import pytest
from skimage import data, io

from facepencil.assets.folder import id_of
from facepencil.assets.lists import shard_of
from facepencil.store import Shard
from tests.fixtures.commands import jobs_run

pytestmark = pytest.mark.slow
SHARDS = 3
TARGETS = [f"data/faces/{shard}.zip" for shard in range(SHARDS)]


def test_own_photos_are_cropped_and_later_ones_are_noticed(new_project):
    project = new_project()
    folder = project.root / "photos"
    (folder / "holiday").mkdir()
    io.imsave(folder / "holiday/moon landing.png", data.astronaut())
    (folder / "list.txt").write_text("no photo")
    project.edit("download.source", "folder")
    project.edit("download.limit", None)
    project.edit("shards", list(range(SHARDS)))
    project.run("snakemake", "--cores", "2", *TARGETS)
    indices = [Shard(project.root / target).index for target in TARGETS]
    assert sum(len(index["faces"]) for index in indices) == 1
    rejects = [reject for index in indices for reject in index["rejects"]]
    assert len(rejects) == 1 and rejects[0]["reason"]
    assert "Nothing to be done" in project.run("snakemake", "-n", *TARGETS).stdout
    io.imsave(folder / "another.png", data.astronaut()[:, ::-1])
    plan = project.run("snakemake", "-n", *TARGETS).stdout
    assert "list is outdated: photos in photos came, went or changed" in plan
    said = project.run("snakemake", "--cores", "2", *TARGETS).stdout
    shard = shard_of(id_of("another.png"), SHARDS)
    assert jobs_run(said) == {"list", f"download {shard}", f"crop {shard}"}
