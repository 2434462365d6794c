from pathlib import Path

import cv2
import numpy as np
import pytest

from facepencil.config.sketch import SketchParams
from facepencil.images import Image, decode_png, encode_png
from facepencil.sketch.extract import SketchWeights
from facepencil.store import Shard, ShardError, write_shard
from pipeline.sketch import sketch_shard
from tests.fixtures.faces import FaceMaker, write_faces


@pytest.fixture(scope="module")
def crops(make_faces: FaceMaker) -> dict[str, Image]:
    """Seven faces at 256 px."""
    return dict(list(make_faces(256).items())[:7])


def run(folder: Path, crops: dict[str, Image], files: SketchWeights, **changes: object) -> Path:
    faces = write_faces(folder / "faces.zip", crops)
    out = folder / "sketches.zip"
    sketch_shard(faces, files, out, SketchParams(**changes))
    return out


@pytest.fixture(scope="module")
def shard(
    tmp_path_factory: pytest.TempPathFactory, crops: dict[str, Image], sketch_weights: SketchWeights
) -> Path:
    return run(tmp_path_factory.mktemp("sketch"), crops, sketch_weights)


def test_every_face_has_a_sketch(shard: Path, crops: dict[str, Image]) -> None:
    with Shard(shard) as sketches:
        expected = {"ids": sorted(crops), "method": "hybrid", "rejects": [], "size": 256}
        assert sketches.index == expected
        for name in crops:
            pixels = decode_png(sketches.read(f"{name}.png"))
            assert pixels.shape == (256, 256)
            assert set(np.unique(pixels)) == {0, 255}
            assert 0.01 < (pixels == 0).mean() < 0.1


def test_same_bytes_again(
    shard: Path, crops: dict[str, Image], sketch_weights: SketchWeights, tmp_path: Path
) -> None:
    again = run(tmp_path, crops, sketch_weights)
    assert again.read_bytes() == shard.read_bytes()


def test_face_is_drawn_alike_in_any_shard(
    shard: Path, crops: dict[str, Image], sketch_weights: SketchWeights, tmp_path: Path
) -> None:
    last = max(crops)
    alone = run(tmp_path, {last: crops[last]}, sketch_weights)
    with Shard(shard) as many, Shard(alone) as one:
        assert one.read(f"{last}.png") == many.read(f"{last}.png")


def test_shard_without_faces_is_a_shard_without_sketches(
    sketch_weights: SketchWeights, tmp_path: Path
) -> None:
    with Shard(run(tmp_path, {}, sketch_weights)) as sketches:
        assert sketches.names == sketches.index["ids"] == []


def test_failure_leaves_no_output(
    crops: dict[str, Image], sketch_weights: SketchWeights, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"faces\.zip: sketch\.method `mask`"):
        run(tmp_path, crops, sketch_weights, method="mask")
    assert [path.name for path in tmp_path.iterdir()] == ["faces.zip"]


def test_missing_faces_are_named(sketch_weights: SketchWeights, tmp_path: Path) -> None:
    with pytest.raises(ShardError, match=r"absent\.zip"):
        sketch_shard(tmp_path / "absent.zip", sketch_weights, tmp_path / "a", SketchParams())


def test_a_face_that_cannot_be_drawn_is_a_reject_and_leaves_the_rest_as_they_are(
    shard: Path, crops: dict[str, Image], sketch_weights: SketchWeights, tmp_path: Path
) -> None:
    """One that is no image, and one whose single channel no network takes."""
    grey = cv2.cvtColor(next(iter(crops.values())), cv2.COLOR_RGB2GRAY)
    members = {name: encode_png(crop) for name, crop in crops.items()}
    members |= {"000001-grey": encode_png(grey), "000002-torn": b"torn"}
    names = sorted(members)
    faces = {"faces": [{"id": name, "photo": name} for name in names]}
    write_shard(tmp_path / "faces.zip", ((f"{n}.png", members[n]) for n in names), faces)
    out = tmp_path / "sketches.zip"
    index = sketch_shard(tmp_path / "faces.zip", sketch_weights, out, SketchParams(batch=4))
    assert [one["id"] for one in index["rejects"]] == ["000001-grey", "000002-torn"]
    assert index["rejects"][1]["reason"] == "expected the bytes of a PNG image"
    assert all("\n" not in one["reason"] and one["reason"] for one in index["rejects"])
    with Shard(shard) as before, Shard(out) as after:
        assert after.index == index
        members = [f"{name}{kind}.png" for name in index["ids"] for kind in ("", ".parts")]
        assert before.names == after.names == members
        for name in before.names:
            assert before.read(name) == after.read(name)


def test_a_face_without_labels_among_labelled_ones_is_a_reject(
    crops: dict[str, Image], sketch_weights: SketchWeights, tmp_path: Path
) -> None:
    first, second = sorted(crops)[:2]
    labels = np.zeros((256, 256), np.uint8)
    labels[64:192, 64:192] = 1
    members = {f"{first}.mask.png": encode_png(labels)}
    members |= {f"{name}.png": encode_png(crops[name]) for name in (first, second)}
    faces = {"faces": [{"id": name, "photo": name} for name in (first, second)]}
    write_shard(tmp_path / "faces.zip", members.items(), faces)
    params = SketchParams(method="mask")
    index = sketch_shard(tmp_path / "faces.zip", sketch_weights, tmp_path / "out.zip", params)
    assert index["ids"] == [first]
    (reject,) = index["rejects"]
    assert reject["id"] == second and "this photo has none" in reject["reason"]
