"""The scores of validation photos, against the metric itself."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from facepencil.config.deform import DeformParams
from facepencil.config.model import ModelParams
from facepencil.data.face_set import FaceSet, first_photos
from facepencil.pretrained.lpips import LpipsAlex, load_lpips
from facepencil.seeds import rng_of
from facepencil.strokes.pen import Pen
from facepencil.tensors import photo_pixels, photo_tensor
from facepencil.training import validation
from facepencil.training.step import Networks
from facepencil.training.validation import Validation
from tests.fixtures.faces import FaceMaker, ShardMaker, in_memory

CPU = torch.device("cpu")
PEN = Pen(raster_px=64, size=32, deform=DeformParams())


@pytest.fixture(scope="module")
def lpips(weights: Callable[[str], Path]) -> LpipsAlex:
    return load_lpips(weights("alexnet_lpips.ckpt"))


@pytest.fixture(scope="module")
def faces(
    make_shards: ShardMaker, make_faces: FaceMaker, tmp_path_factory: pytest.TempPathFactory
) -> FaceSet:
    found = make_shards(tmp_path_factory.mktemp("faces"), 1)
    return in_memory(found, sorted(make_faces(64))[:11], PEN.size)


def test_scores_are_mean_lpips_of_what_is_painted(
    build: Callable[..., Networks], faces: FaceSet, lpips: LpipsAlex
) -> None:
    painter = build().generators.painter
    found = Validation(faces, PEN, lpips, CPU).scores(painter)
    assert list(found) == ["val/lpips/d0", "val/lpips/d11", "val/lpips/d30", "val/lpips/all"]
    distances = []
    for place, name in enumerate(faces.ids):
        sketch = PEN.draw(faces.strokes[place], 11.0, rng_of("samples", name, 11.0))
        with torch.no_grad():
            image = painter(torch.from_numpy(sketch)[None, None]).image
            pixels = photo_tensor(photo_pixels(image))
            distances.append(lpips(pixels, photo_tensor(faces.photos[place][None])).item())
    assert found["val/lpips/d11"] == pytest.approx(sum(distances) / 11, abs=2e-4)


def test_a_painter_is_told_the_level_and_the_photos_palette(
    build: Callable[..., Networks], faces: FaceSet, lpips: LpipsAlex
) -> None:
    painter = build(level_told=True, palette=True).generators.painter
    told: list[torch.Tensor] = []
    painter.register_forward_pre_hook(lambda _, given: told.append(given[1]))
    model = ModelParams(level_told=True, palette=True)
    palettes = faces.photos[:, :3, 0].copy()
    Validation(replace(faces, palettes=palettes), PEN, lpips, CPU, model).scores(painter)
    every = torch.cat(told).reshape(4, 11, 10)
    assert every[:, 0, 0].tolist() == pytest.approx([0, 11 / 30, 1, 2 / 3])
    colours = palettes.reshape(11, 9) / 127.5 - 1
    torch.testing.assert_close(every[:, :, 1:].double(), torch.tensor(colours).repeat(4, 1, 1))


def test_the_first_photos_alone_are_scored(
    build: Callable[..., Networks],
    faces: FaceSet,
    lpips: LpipsAlex,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    painter = build().generators.painter
    five = FaceSet(faces.ids[:5], first_photos(faces, 5), faces.strokes[:5])
    alone = Validation(five, PEN, lpips, CPU).scores(painter)
    assert Validation(faces, PEN, lpips, CPU).scores(painter) != alone
    monkeypatch.setattr(validation, "MOST", 5)
    assert Validation(faces, PEN, lpips, CPU).scores(painter) == alone


def test_no_validation_photos_no_scores(
    build: Callable[..., Networks], faces: FaceSet, lpips: LpipsAlex
) -> None:
    none = FaceSet([], [], [])
    assert Validation(none, PEN, lpips, CPU).scores(build().generators.painter) == {}
