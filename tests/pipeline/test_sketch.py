from pathlib import Path

import cv2
import numpy as np
import pytest

from facepencil.config.sketch import SketchParams
from facepencil.images import Image, decode_png
from facepencil.sketch.extract import SketchWeights
from facepencil.store import Shard, ShardError
from pipeline.sketch import sketch_shard
from tests.fixtures.faces import FaceMaker, write_faces


@pytest.fixture(scope="module")
def crops(make_faces: FaceMaker) -> dict[str, Image]:
    """Seven faces at 256 px."""
    return dict(list(make_faces(256).items())[:7])


def run(folder: Path, crops: dict[str, Image], files: SketchWeights, **changes: object) -> Path:
    faces = write_faces(folder / "faces.zip", crops)
    out = folder / "sketches.zip"
    sketch_shard(faces, files, out, folder / "sheet.png", SketchParams(**changes))
    return out


@pytest.fixture(scope="module")
def shard(
    tmp_path_factory: pytest.TempPathFactory, crops: dict[str, Image], sketch_weights: SketchWeights
) -> Path:
    return run(tmp_path_factory.mktemp("sketch"), crops, sketch_weights)


def test_every_face_has_a_sketch(shard: Path, crops: dict[str, Image]) -> None:
    with Shard(shard) as sketches:
        assert sketches.index == {"ids": sorted(crops), "method": "hybrid", "size": 256}
        for name in crops:
            pixels = decode_png(sketches.read(f"{name}.png"))
            assert pixels.shape == (256, 256)
            assert set(np.unique(pixels)) == {0, 255}
            assert 0.01 < (pixels == 0).mean() < 0.1


def test_sheet_shows_photo_soft_map_and_sketch(shard: Path, crops: dict[str, Image]) -> None:
    sheet = decode_png((shard.parent / "sheet.png").read_bytes())
    with Shard(shard) as sketches:
        sketch = decode_png(sketches.read(f"{min(crops)}.png"))
    assert has_tile(sheet, crops[min(crops)])
    assert has_tile(sheet, cv2.cvtColor(sketch, cv2.COLOR_GRAY2RGB))


def has_tile(sheet: Image, tile: Image) -> bool:
    """Whether the sheet holds the tile, pixel for pixel."""
    _, _, (x, y), _ = cv2.minMaxLoc(cv2.matchTemplate(sheet, tile, cv2.TM_SQDIFF))
    return np.array_equal(sheet[y : y + len(tile), x : x + len(tile)], tile)


def test_same_bytes_again(
    shard: Path, crops: dict[str, Image], sketch_weights: SketchWeights, tmp_path: Path
) -> None:
    again = run(tmp_path, crops, sketch_weights)
    assert again.read_bytes() == shard.read_bytes()
    sheets = [(path.parent / "sheet.png").read_bytes() for path in (shard, again)]
    assert sheets[0] == sheets[1]


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
    assert (tmp_path / "sheet.png").is_file()


def test_failure_leaves_no_output(
    crops: dict[str, Image], sketch_weights: SketchWeights, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=f"{min(crops)}: sketch.method `mask`"):
        run(tmp_path, crops, sketch_weights, method="mask")
    assert [path.name for path in tmp_path.iterdir()] == ["faces.zip"]


def test_missing_faces_are_named(sketch_weights: SketchWeights, tmp_path: Path) -> None:
    with pytest.raises(ShardError, match=r"absent\.zip"):
        sketch_shard(
            tmp_path / "absent.zip", sketch_weights, tmp_path / "a", tmp_path / "b", SketchParams()
        )
