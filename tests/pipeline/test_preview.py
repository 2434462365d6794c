"""Stage `preview`: what people look at, of real photos and of none."""

import cv2
import numpy as np
import pytest

from facepencil.config.deform import PenParams
from facepencil.images import decode_png
from facepencil.store import Shard, write_shard
from facepencil.strokes.pen import Pen, TestSketcher
from facepencil.strokes.strokes import read_strokes, write_strokes
from pipeline.preview import _LEVELS, deform_sheet, sketch_sheet

HOW = TestSketcher(0, Pen(256, 256, PenParams()))


def shows(page, tile):
    """Whether a sheet has a picture, pixel for pixel."""
    rgb = tile if tile.ndim == 3 else cv2.cvtColor(tile, cv2.COLOR_GRAY2RGB)
    _, _, (x, y), _ = cv2.minMaxLoc(cv2.matchTemplate(page, rgb, cv2.TM_SQDIFF))
    return np.array_equal(page[y : y + len(rgb), x : x + len(rgb)], rgb)


@pytest.mark.parametrize("place", [0, 5])
def test_photos_lie_beside_their_sketches(chain, tmp_path, place):
    sketch_sheet(chain / "faces.zip", chain / "sketches.zip", tmp_path / "sheet.png")
    page = decode_png((tmp_path / "sheet.png").read_bytes())
    with Shard(chain / "faces.zip") as faces, Shard(chain / "sketches.zip") as sketches:
        name = sketches.index["ids"][place]
        for shard in (faces, sketches):
            assert shows(page, decode_png(shard.read(f"{name}.png")))


def test_one_sketch_is_shown_at_every_level(chain, tmp_path):
    deform_sheet(chain / "strokes.npz", tmp_path / "sheet.png", HOW)
    page = decode_png((tmp_path / "sheet.png").read_bytes())
    name, kept = next(iter(read_strokes(chain / "strokes.npz").items()))
    assert all(shows(page, HOW.draw(name, kept, level)) for level in _LEVELS)


def test_without_faces_there_are_empty_pages(tmp_path):
    for name in ("faces", "sketches"):
        write_shard(tmp_path / f"{name}.zip", [], {"faces": [], "ids": []})
    write_strokes(tmp_path / "strokes.npz", {})
    sketch_sheet(tmp_path / "faces.zip", tmp_path / "sketches.zip", tmp_path / "a.png")
    deform_sheet(tmp_path / "strokes.npz", tmp_path / "b.png", HOW)
    assert decode_png((tmp_path / "a.png").read_bytes()).min() == 255
    assert decode_png((tmp_path / "b.png").read_bytes()).min() < 255  # the titles
