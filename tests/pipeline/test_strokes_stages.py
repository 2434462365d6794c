"""Stages `vectorize` and `deform` on sketches of real photos, as the chain makes them."""

import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from autotrace import Bitmap, TraceOptions

from facepencil.config.crop import CropParams
from facepencil.config.deform import DeformParams
from facepencil.config.params import Params
from facepencil.config.sketch import SketchParams
from facepencil.config.split import SplitParams
from facepencil.config.vectorize import VectorizeParams
from facepencil.data.split import split_of
from facepencil.data.testset import TestSketcher
from facepencil.images import decode_png, encode_png
from facepencil.sketch.extract import SketchWeights
from facepencil.store import Shard, ShardError, write_shard
from facepencil.strokes.pen import Pen
from facepencil.strokes.raster import rasterize
from facepencil.strokes.strokes import no_strokes, read_strokes, write_strokes
from facepencil.strokes.vectorize import vectorize
from pipeline.crop import crop
from pipeline.deform import deform_shard, write_sheet
from pipeline.sketch import sketch_shard
from pipeline.vectorize import vectorize_shard

ROOT = Path(__file__).parents[2]
HOW = TestSketcher(0, Pen(256, 256, DeformParams()))
HALF = SplitParams(test=0.5)


@pytest.fixture(scope="module")
def made(tmp_path_factory, weights, celeba_photos):
    """Folder with faces, sketches and strokes of 24 photos."""
    folder = tmp_path_factory.mktemp("chain")
    entries = [{"id": name, "file": f"{name}.jpg"} for name in sorted(celeba_photos)]
    members = [(entry["file"], celeba_photos[entry["id"]]) for entry in entries]
    write_shard(folder / "raw.zip", members, {"photos": entries})
    crop(folder / "raw.zip", weights("yunet.onnx"), folder / "faces.zip", CropParams())
    nets = SketchWeights(*map(weights, ("hed.h5", "face_mesh.tflite", "person_mask.tflite")))
    sketches = folder / "sketches.zip"
    sketch_shard(folder / "faces.zip", nets, sketches, folder / "sheet.png", SketchParams())
    vectorize_shard(sketches, folder / "strokes.npz", VectorizeParams())
    return folder


@pytest.fixture(scope="module")
def sketches(made):
    with Shard(made / "sketches.zip") as shard:
        return {name: decode_png(shard.read(f"{name}.png")) for name in shard.index["ids"]}


def test_every_sketch_has_its_strokes(made, sketches):
    strokes = read_strokes(made / "strokes.npz")
    assert list(strokes) == list(sketches)
    assert len(strokes) >= 20
    assert min(len(kept.segments) for kept in strokes.values()) > 10


def test_strokes_lie_on_the_sketches(made, sketches):
    """Mean distance between raster and skeleton, both ways, against the 0.6 px asked for."""
    for name, strokes in read_strokes(made / "strokes.npz").items():
        drawn = rasterize(strokes.points, strokes.segments, 256) > 0
        lines = sketches[name] < 128
        for these, those in ((drawn, lines), (lines, drawn)):
            paper = (~those).astype(np.uint8)
            away = cv2.distanceTransform(paper, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
            assert away[these].mean() <= 0.6


def autotrace(sketch):
    options = TraceOptions(centerline=True, background_color=(255, 255, 255))
    traced = Bitmap(np.repeat(sketch[:, :, None], 3, axis=2)).trace(options=options)
    return sum(len(path.splines) for path in traced.paths)


def test_segments_are_as_many_as_autotrace_finds(made, sketches):
    ours = sum(len(strokes.segments) for strokes in read_strokes(made / "strokes.npz").values())
    theirs = sum(autotrace(sketch) for sketch in sketches.values())
    assert 0.7 < ours / theirs < 1.3


def test_five_times_as_fast_as_autotrace(sketches):
    """In turn, by the thread's own clock, the quickest of three each."""
    cv2.setNumThreads(1)

    def quickest(call, *arguments):
        times = []
        for _ in range(3):
            begun = time.thread_time()
            call(*arguments)
            times.append(time.thread_time() - begun)
        return min(times)

    ratios = [quickest(autotrace, s) / quickest(vectorize, s, 1.5, 3.0) for s in sketches.values()]
    assert np.median(ratios) >= 5


def test_only_test_faces_are_deformed_at_every_level(made, tmp_path):
    count = deform_shard(made / "strokes.npz", made / "faces.zip", tmp_path / "d.zip", HALF, HOW)
    with Shard(made / "faces.zip") as faces, Shard(tmp_path / "d.zip") as out:
        tested = [f["id"] for f in faces.index["faces"] if split_of(f["photo"], 0, HALF) == "test"]
        assert out.index == {"size": 256, "levels": [0.0, 11.0, 20.0, 30.0], "ids": tested}
        assert 0 < count == len(tested) < len(faces.index["faces"])
        assert out.names == [f"{d}/{name}.png" for d in (0, 11, 20, 30) for name in tested]


def test_level_zero_is_the_raster_of_the_untouched_strokes(made, tmp_path):
    deform_shard(made / "strokes.npz", made / "faces.zip", tmp_path / "d.zip", HALF, HOW)
    strokes = read_strokes(made / "strokes.npz")
    with Shard(tmp_path / "d.zip") as out:
        for name in out.index["ids"]:
            plain = rasterize(strokes[name].points, strokes[name].segments, 256)
            np.testing.assert_array_equal(decode_png(out.read(f"0/{name}.png")), 255 - plain)
            assert out.read(f"0/{name}.png") != out.read(f"11/{name}.png")


def test_a_face_looks_the_same_whatever_else_is_in_its_shard(made, tmp_path):
    strokes = read_strokes(made / "strokes.npz")
    every = SplitParams(test=0.9, val=0)
    last = list(strokes)[-1]
    write_strokes(tmp_path / "one.npz", {last: strokes[last]})
    for file, out in ((made / "strokes.npz", "all.zip"), (tmp_path / "one.npz", "one.zip")):
        deform_shard(file, made / "faces.zip", tmp_path / out, every, HOW)
    with Shard(tmp_path / "all.zip") as everyone, Shard(tmp_path / "one.zip") as alone:
        assert all(alone.read(name) == everyone.read(name) for name in alone.names)
        assert len(alone.names) == 4


def test_the_official_split_wins(made, tmp_path):
    with Shard(made / "faces.zip") as shard:
        faces = [dict(face, split="train") for face in shard.index["faces"]]
    faces[3]["split"] = "test"
    write_shard(tmp_path / "faces.zip", [], {"faces": faces})
    deform_shard(
        made / "strokes.npz", tmp_path / "faces.zip", tmp_path / "d.zip", SplitParams(), HOW
    )
    with Shard(tmp_path / "d.zip") as out:
        assert out.index["ids"] == [faces[3]["id"]]


def test_strokes_of_other_faces_are_refused(made, tmp_path):
    write_strokes(tmp_path / "other.npz", {"stranger": no_strokes()})
    with pytest.raises(ShardError, match=r"other\.npz: expected strokes of the faces.*'stranger'"):
        deform_shard(tmp_path / "other.npz", made / "faces.zip", tmp_path / "d.zip", HALF, HOW)
    assert not (tmp_path / "d.zip").exists()


def test_a_colour_image_among_the_sketches_is_named(tmp_path):
    image = encode_png(np.zeros((8, 8, 3), np.uint8))
    write_shard(tmp_path / "s.zip", [("a.png", image)], {"ids": ["a"]})
    with pytest.raises(ShardError, match=r"s\.zip.*a\.png.*single-channel"):
        vectorize_shard(tmp_path / "s.zip", tmp_path / "s.npz", VectorizeParams())


def test_the_sheet_shows_five_levels_of_one_sketch(made, tmp_path):
    write_sheet(made / "strokes.npz", tmp_path / "sheet.png", HOW)
    page = decode_png((tmp_path / "sheet.png").read_bytes())
    assert page.shape[1] > 5 * 256 and page.shape[0] < 2 * 256


def test_a_shard_without_faces_goes_through(tmp_path):
    for name in ("faces", "sketches"):
        write_shard(tmp_path / f"{name}.zip", [], {"faces": [], "ids": []})
    strokes = tmp_path / "strokes.npz"
    assert vectorize_shard(tmp_path / "sketches.zip", strokes, VectorizeParams()) == {}
    assert deform_shard(strokes, tmp_path / "faces.zip", tmp_path / "d.zip", HALF, HOW) == 0
    write_sheet(strokes, tmp_path / "sheet.png", HOW)
    assert decode_png((tmp_path / "sheet.png").read_bytes()).min() < 255


def test_commands_write_the_same_bytes_twice(made, tmp_path):
    """As both engines call them, in a folder of their own, whatever the threads allowed."""
    (tmp_path / "data/faces").mkdir(parents=True)
    (tmp_path / "data/sketches").mkdir()
    for kind in ("faces", "sketches"):
        (tmp_path / f"data/{kind}/0.zip").symlink_to(made / f"{kind}.zip")
    (tmp_path / "params.yaml").write_text("shards: [0]\n")
    assert Params(shards=[0]).vectorize == VectorizeParams()
    out = ("data/strokes/0.npz", "data/deformed/0.zip", "results/figures/deformed/0.png")
    runs = []
    for threads in ("1", "2"):
        for stage in ("vectorize", "deform"):
            subprocess.run(
                [sys.executable, "-m", f"pipeline.{stage}", "--shard", "0"],
                check=True,
                cwd=tmp_path,
                env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": threads},
                capture_output=True,
            )
        runs.append([(tmp_path / name).read_bytes() for name in out])
    assert runs[0] == runs[1]
    assert runs[0][0] == (made / "strokes.npz").read_bytes()
