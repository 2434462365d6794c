"""What the chain of stages makes of 24 photos, up to their strokes."""

from pathlib import Path

import pytest

from facepencil.config.crop import CropParams
from facepencil.config.sketch import SketchParams
from facepencil.config.vectorize import VectorizeParams
from facepencil.sketch.extract import SketchWeights
from pipeline.crop import crop
from pipeline.sketch import sketch_shard
from pipeline.vectorize import vectorize_shard
from tests.fixtures.assets import Fetch
from tests.fixtures.faces import write_raw


@pytest.fixture(scope="session")
def chain(
    tmp_path_factory: pytest.TempPathFactory,
    weights: Fetch,
    sketch_weights: SketchWeights,
    celeba_photos: dict[str, bytes],
) -> Path:
    """Folder with raw.zip, faces.zip, sketches.zip and strokes.npz."""
    folder = tmp_path_factory.mktemp("chain")
    raw = write_raw(folder / "raw.zip", celeba_photos)
    faces, sketches = folder / "faces.zip", folder / "sketches.zip"
    crop(raw, weights("yunet.onnx"), faces, CropParams())
    sketch_shard(faces, sketch_weights, sketches, SketchParams())
    vectorize_shard(sketches, folder / "strokes.npz", VectorizeParams())
    return folder
