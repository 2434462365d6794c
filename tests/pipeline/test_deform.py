"""Stage `deform` on strokes of real photos, as the chain makes them."""

import numpy as np
import pytest

from facepencil.config.deform import DeformParams
from facepencil.config.params import Params
from facepencil.config.split import SplitParams
from facepencil.data.split import part_of
from facepencil.images import decode_png
from facepencil.store import Shard, ShardError, write_shard
from facepencil.strokes.pen import Pen, TestSketcher, change_names
from facepencil.strokes.raster import rasterize
from facepencil.strokes.strokes import no_strokes, read_strokes, write_strokes
from pipeline import layout
from pipeline.deform import deform_shard
from tests.fixtures.stages import furnish, link, vouch

LEVELS = (0.0, 11.0, 20.0, 30.0)
HOW = TestSketcher(0, Pen(256, 256, DeformParams()))
HALF = SplitParams(test=0.5)


@pytest.fixture(scope="module")
def deformed(chain, tmp_path_factory):
    """The shard of half the faces."""
    path = tmp_path_factory.mktemp("deformed") / "0.zip"
    count = deform_shard(chain / "strokes.npz", chain / "faces.zip", path, HALF, HOW, LEVELS)
    with Shard(path) as out:
        assert count == len(out.index["ids"])
    return path


def test_only_test_faces_are_deformed_at_every_level(chain, deformed):
    with Shard(chain / "faces.zip") as faces, Shard(deformed) as out:
        tested = [f["id"] for f in faces.index["faces"] if part_of(f, 0, HALF) == "test"]
        assert out.index == {
            "size": 256,
            "levels": [0.0, 11.0, 20.0, 30.0],
            "changes": [],
            "ids": tested,
        }
        assert 0 < len(tested) < len(faces.index["faces"])
        assert out.names == [f"{d}/{name}.png" for d in (0, 11, 20, 30) for name in tested]


def test_changed_sketches_lie_beside_the_levels(chain, tmp_path):
    changes = change_names(["drop", "warp"])
    assert changes == ["drop-1", "drop-2", "drop-3", "warp-1", "warp-2", "warp-3"]
    path = tmp_path / "0.zip"
    deform_shard(chain / "strokes.npz", chain / "faces.zip", path, HALF, HOW, [0.0], changes)
    with Shard(path) as out:
        assert out.index["changes"] == changes
        ids = out.index["ids"]
        assert out.names == [f"{one}/{name}.png" for one in ("0", *changes) for name in ids]
        plain, dropped = (
            sum((decode_png(out.read(f"{one}/{name}.png")) < 128).sum() for name in ids)
            for one in ("0", "drop-3")
        )
        assert 0.5 * plain < dropped < plain


def test_level_zero_is_the_raster_of_the_untouched_strokes(chain, deformed):
    strokes = read_strokes(chain / "strokes.npz")
    with Shard(deformed) as out:
        for name in out.index["ids"]:
            plain = rasterize(strokes[name].points, strokes[name].segments, 256)
            np.testing.assert_array_equal(decode_png(out.read(f"0/{name}.png")), 255 - plain)
            assert out.read(f"0/{name}.png") != out.read(f"11/{name}.png")


def test_a_face_looks_the_same_whatever_else_is_in_its_shard(chain, tmp_path):
    strokes = read_strokes(chain / "strokes.npz")
    every = SplitParams(test=0.9, val=0)
    last = list(strokes)[-1]
    write_strokes(tmp_path / "one.npz", {last: strokes[last]})
    for file, out in ((chain / "strokes.npz", "all.zip"), (tmp_path / "one.npz", "one.zip")):
        deform_shard(file, chain / "faces.zip", tmp_path / out, every, HOW, LEVELS)
    with Shard(tmp_path / "all.zip") as everyone, Shard(tmp_path / "one.zip") as alone:
        assert all(alone.read(name) == everyone.read(name) for name in alone.names)
        assert len(alone.names) == 4


def test_the_official_split_wins(chain, tmp_path):
    with Shard(chain / "faces.zip") as shard:
        faces = [dict(face, split="train") for face in shard.index["faces"]]
    faces[3]["split"] = "test"
    shard, out = tmp_path / "faces.zip", tmp_path / "d.zip"
    write_shard(shard, [], {"faces": faces})
    deform_shard(chain / "strokes.npz", shard, out, SplitParams(), HOW, LEVELS)
    with Shard(out) as made:
        assert made.index["ids"] == [faces[3]["id"]]


def test_strokes_of_other_faces_are_refused(chain, tmp_path):
    write_strokes(tmp_path / "other.npz", {"stranger": no_strokes()})
    with pytest.raises(ShardError, match=r"other\.npz: expected strokes of the faces.*'stranger'"):
        deform_shard(
            tmp_path / "other.npz", chain / "faces.zip", tmp_path / "d.zip", HALF, HOW, LEVELS
        )
    assert not (tmp_path / "d.zip").exists()


def test_a_shard_without_faces_goes_through(tmp_path):
    write_shard(tmp_path / "faces.zip", [], {"faces": []})
    write_strokes(tmp_path / "strokes.npz", {})
    strokes, out = tmp_path / "strokes.npz", tmp_path / "d.zip"
    assert deform_shard(strokes, tmp_path / "faces.zip", out, HALF, HOW, LEVELS) == 0
    with Shard(out) as made:
        assert made.names == made.index["ids"] == []


def test_the_command_writes_the_same_bytes_whatever_the_threads(chain, tmp_path):
    place = furnish(tmp_path, Params(shards=[0]))
    link(tmp_path, layout.faces(0), chain / "faces.zip")
    link(tmp_path, layout.strokes(0), chain / "strokes.npz")
    vouch(tmp_path)
    made = []
    for threads in ("1", "2"):
        place.run_stage("deform", "--shard", "0", OMP_NUM_THREADS=threads)
        made.append((tmp_path / layout.deformed(0)).read_bytes())
    assert made[0] == made[1]
