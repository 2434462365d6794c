"""Stage `preview`: pictures of a shard."""

from pathlib import Path

import cv2
import numpy as np

from facepencil.config.sketch import SketchParams
from facepencil.images import Image, decode_png
from facepencil.sketch.extract import SketchWeights
from facepencil.store import Shard
from pipeline.preview import sketch_sheet
from pipeline.sketch import sketch_shard
from tests.fixtures.faces import FaceMaker, write_faces


def has_tile(sheet: Image, tile: Image) -> bool:
    """Whether the sheet holds the tile, pixel for pixel."""
    _, _, (x, y), _ = cv2.minMaxLoc(cv2.matchTemplate(sheet, tile, cv2.TM_SQDIFF))
    return np.array_equal(sheet[y : y + len(tile), x : x + len(tile)], tile)


def test_the_sheet_shows_photos_beside_their_sketches(
    make_faces: FaceMaker, sketch_weights: SketchWeights, tmp_path: Path
) -> None:
    crops = dict(list(make_faces(256).items())[:2])
    faces, sketches = write_faces(tmp_path / "faces.zip", crops), tmp_path / "sketches.zip"
    sketch_shard(faces, sketch_weights, sketches, SketchParams(person_mask=False))
    sketch_sheet(faces, sketches, tmp_path / "sheet.png")
    sheet = decode_png((tmp_path / "sheet.png").read_bytes())
    with Shard(sketches) as shard:
        for name, crop in crops.items():
            sketch = decode_png(shard.read(f"{name}.png"))
            assert has_tile(sheet, crop)
            assert has_tile(sheet, cv2.cvtColor(sketch, cv2.COLOR_GRAY2RGB))
