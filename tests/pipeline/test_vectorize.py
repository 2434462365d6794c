"""Stage `vectorize` on sketches of real photos, as the chain makes them."""

import cv2
import numpy as np
import pytest
from autotrace import Bitmap, TraceOptions

from facepencil.config.params import Params
from facepencil.config.vectorize import VectorizeParams
from facepencil.images import decode_png, encode_png
from facepencil.store import Shard, ShardError, write_shard
from facepencil.strokes.raster import rasterize
from facepencil.strokes.strokes import Facial, read_strokes
from pipeline import layout
from pipeline.vectorize import vectorize_shard
from tests.fixtures.stages import furnish, link, vouch


@pytest.fixture(scope="module")
def strokes(chain):
    return read_strokes(chain / "strokes.npz")


@pytest.fixture(scope="module")
def sketches(chain):
    with Shard(chain / "sketches.zip") as shard:
        return {name: decode_png(shard.read(f"{name}.png")) for name in shard.index["ids"]}


def test_every_sketch_has_its_strokes(strokes, sketches):
    assert list(strokes) == list(sketches)
    assert len(strokes) >= 20
    assert min(len(kept.segments) for kept in strokes.values()) > 10


def test_strokes_lie_on_the_sketches(strokes, sketches):
    """Mean distance between raster and skeleton, both ways, against the 0.6 px asked for."""
    for name, kept in strokes.items():
        drawn = rasterize(kept.points, kept.segments, 256) > 0
        lines = sketches[name] < 128
        for these, those in ((drawn, lines), (lines, drawn)):
            paper = (~those).astype(np.uint8)
            away = cv2.distanceTransform(paper, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
            assert away[these].mean() <= 0.6


def autotrace(sketch):
    options = TraceOptions(centerline=True, background_color=(255, 255, 255))
    traced = Bitmap(np.repeat(sketch[:, :, None], 3, axis=2)).trace(options=options)
    return sum(len(path.splines) for path in traced.paths)


def test_segments_are_as_many_as_autotrace_finds(strokes, sketches):
    ours = sum(len(kept.segments) for kept in strokes.values())
    theirs = sum(autotrace(sketch) for sketch in sketches.values())
    assert 0.7 < ours / theirs < 1.3


def test_a_colour_image_among_the_sketches_is_named(tmp_path):
    image = encode_png(np.zeros((8, 8, 3), np.uint8))
    parts = encode_png(np.zeros((8, 8), np.uint8))
    members = [("a.png", image), ("a.parts.png", parts)]
    write_shard(tmp_path / "s.zip", members, {"ids": ["a"]})
    with pytest.raises(ShardError, match=r"s\.zip.*a\.png.*single-channel"):
        vectorize_shard(tmp_path / "s.zip", tmp_path / "s.npz", VectorizeParams())


def test_a_shard_without_sketches_goes_through(tmp_path):
    write_shard(tmp_path / "sketches.zip", [], {"ids": [], "rejects": []})
    assert vectorize_shard(tmp_path / "sketches.zip", tmp_path / "s.npz", VectorizeParams()) == {}
    assert read_strokes(tmp_path / "s.npz") == {}


def test_the_command_writes_the_same_bytes_whatever_the_threads(chain, tmp_path):
    place = furnish(tmp_path, Params(shards=[0]))
    link(tmp_path, layout.sketches(0), chain / "sketches.zip")
    vouch(tmp_path)
    done = place.run_stage("vectorize", "--shard", "0", OMP_NUM_THREADS="2")
    assert "24 sketches, " in done.stderr
    assert (tmp_path / layout.strokes(0)).read_bytes() == (chain / "strokes.npz").read_bytes()


def test_nearly_every_face_has_strokes_of_every_part(strokes):
    """The mesh is believed of all but a few faces, and the contours of its parts are drawn."""
    for part in set(Facial) - {Facial.REST, Facial.OUTLINE}:
        having = [part in kept.parts for kept in strokes.values()]
        assert np.mean(having) > 0.8
