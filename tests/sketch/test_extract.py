from collections.abc import Callable

import numpy as np
import pytest
from skimage import data

from facepencil.config.sketch import SketchParams
from facepencil.images import resize
from facepencil.pretrained.face_mesh import FaceMesh
from facepencil.sketch.contour import EYES, LIPS, draw
from facepencil.sketch.extract import Crop, Sketcher, SketchWeights
from facepencil.sketch.interior import distance_to
from facepencil.sketch.thin import thin

METHODS = ("hybrid", "hed", "contour", "mask", "canny", "xdog")
RGB = np.ascontiguousarray(data.astronaut()[:256, 96:352])
LABELS = np.zeros((512, 512), np.uint8)
LABELS[150:340, 170:340] = 1
LABELS[190:220, 190:230] = 4
ASTRONAUT = Crop("astronaut", RGB, LABELS)
SUIT = Crop("suit", np.ascontiguousarray(data.astronaut()[256:, 256:]), LABELS)


@pytest.fixture(scope="module")
def sketcher(sketch_weights: SketchWeights) -> Callable[..., Sketcher]:
    def make(**changes: object) -> Sketcher:
        return Sketcher(SketchParams(batch=2, **changes), sketch_weights)

    return make


@pytest.mark.parametrize("method", METHODS)
def test_every_method_draws_one_pixel_lines(sketcher: Callable[..., Sketcher], method: str) -> None:
    (sketch,) = sketcher(method=method, size=192)([ASTRONAUT])
    assert sketch.lines.shape == sketch.soft.shape == (192, 192)
    assert 0 <= sketch.soft.min() <= sketch.soft.max() <= 1
    assert 0.005 < sketch.lines.mean() < 0.2
    np.testing.assert_array_equal(thin(sketch.lines), sketch.lines)


@pytest.mark.parametrize("method", ["hybrid", "contour"])
def test_sketch_is_the_same_in_any_batch(sketcher: Callable[..., Sketcher], method: str) -> None:
    draws = sketcher(method=method)
    mirrored = ASTRONAUT._replace(rgb=RGB[:, ::-1].copy())
    batch = [SUIT, mirrored, ASTRONAUT]
    for photo, sketch in zip(batch, draws(batch), strict=True):
        np.testing.assert_array_equal(draws([photo])[0].lines, sketch.lines)


def test_hybrid_draws_eyes_and_lips_that_hed_breaks(
    sketcher: Callable[..., Sketcher], sketch_weights: SketchWeights
) -> None:
    points = np.ascontiguousarray(FaceMesh(sketch_weights.mesh)(RGB).points[:, :2])
    parts = draw(points, EYES + LIPS, 256)
    drawn = {
        method: (distance_to(sketcher(method=method)([ASTRONAUT])[0].lines)[parts] <= 1.5).mean()
        for method in ("hybrid", "hed")
    }
    assert drawn["hybrid"] > 0.97
    assert drawn["hed"] < 0.8


def test_without_a_face_hybrid_is_hed(sketcher: Callable[..., Sketcher]) -> None:
    (hybrid,), (hed,) = (sketcher(method=name)([SUIT]) for name in ("hybrid", "hed"))
    assert hed.lines.any()
    np.testing.assert_array_equal(hybrid.lines, hed.lines)


def test_person_mask_removes_the_ground(sketcher: Callable[..., Sketcher]) -> None:
    rgb = RGB.copy()
    rgb[20:60, 8:30] = 0
    board = Crop("board", rgb, None)
    (kept,), (free,) = (sketcher(method="hed", person_mask=flag)([board]) for flag in (True, False))
    assert free.lines[10:70, :40].any()
    assert not kept.lines[10:70, :40].any()
    assert kept.lines.any()


def test_specks_are_a_parameter(sketcher: Callable[..., Sketcher]) -> None:
    some, all_ = (sketcher(method="canny", speck_px=px)([ASTRONAUT])[0].lines for px in (60, 0))
    assert some.sum() < all_.sum()
    assert not (some & ~all_).any()


def test_mask_follows_the_labels(sketcher: Callable[..., Sketcher]) -> None:
    (sketch,) = sketcher(method="mask")([ASTRONAUT])
    rows, columns = np.nonzero(sketch.lines)
    assert (rows.min(), rows.max()) == (74, 169)
    assert (columns.min(), columns.max()) == (84, 169)


def test_mask_without_labels_says_what_is_missing(sketcher: Callable[..., Sketcher]) -> None:
    with pytest.raises(ValueError, match=r"sketch\.method `mask` needs semantic labels"):
        sketcher(method="mask")([Crop("lonely", resize(RGB, 64), None)])
