"""A face that could not be drawn is in no part of the data; one that is missing is an error."""

from pathlib import Path

import numpy as np
import pytest

from facepencil.config.split import SplitParams
from facepencil.config.vectorize import VectorizeParams
from facepencil.data.sets import faces_by_part
from facepencil.images import encode_png
from facepencil.store import ShardError, write_shard
from pipeline.vectorize import vectorize_shard
from tests.fixtures.faces import write_faces

NAMES = [f"{number:02d}" for number in range(8)]
HALF = SplitParams(test=0.5, val=0)


def parts(folder: Path, drawn: list[str], rejects: list[str]) -> dict[str, list[str]]:
    """The parts of eight faces, of which those of `drawn` have sketches."""
    faces = write_faces(folder / "faces.zip", {n: np.zeros((64, 64, 3), np.uint8) for n in NAMES})
    sketch = np.full((64, 64), 255, np.uint8)
    sketch[32, 8:56] = 0
    index = {"ids": drawn, "rejects": [{"id": name, "reason": "blind"} for name in rejects]}
    members = [
        (f"{name}{kind}.png", encode_png(picture))
        for name in drawn
        for kind, picture in (("", sketch), (".parts", np.zeros_like(sketch)))
    ]
    write_shard(folder / "sketches.zip", members, index)
    vectorize_shard(folder / "sketches.zip", folder / "strokes.npz", VectorizeParams())
    return faces_by_part([faces], [folder / "strokes.npz"], 0, HALF)


@pytest.mark.parametrize("part", ["train", "test"])
def test_a_reject_is_left_out(tmp_path: Path, part: str) -> None:
    whole = parts(tmp_path, NAMES, [])
    assert whole["left out"] == [] and whole["train"] and whole["test"]
    gone = whole[part][0]
    found = parts(tmp_path, [name for name in NAMES if name != gone], [gone])
    assert found == whole | {part: whole[part][1:], "left out": [gone]}


def test_a_face_missing_without_a_word_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ShardError, match=r"strokes\.npz: no strokes of the face '05'"):
        parts(tmp_path, [name for name in NAMES if name != "05"], [])
