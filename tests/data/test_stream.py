from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch

from facepencil.config.deform import DeformParams, Kind
from facepencil.config.model import ModelParams
from facepencil.config.split import SplitParams
from facepencil.config.train import TrainParams
from facepencil.data.face_set import FaceSet, ids_of, open_faces
from facepencil.data.stream import Passes, Stream, View
from facepencil.store import ShardError
from facepencil.strokes.pen import Pen
from tests.fixtures.faces import in_memory

PEN = Pen(raster_px=64, size=32, deform=DeformParams())
SHARES = SplitParams(test=0.2, val=0.2)


@pytest.fixture(scope="module")
def faces(make_shards, tmp_path_factory: pytest.TempPathFactory) -> FaceSet:
    return train_part(make_shards, tmp_path_factory.mktemp("two"), 2)


def train_part(make_shards, folder: Path, shards: int) -> FaceSet:
    found = make_shards(folder, shards)
    return in_memory(found, ids_of(found.faces, "train", 0, SHARES), PEN.size)


def stream(faces: FaceSet, view: View = "pair", **train) -> Stream:
    return Stream(faces, PEN, view, TrainParams(batch=4, **train), seed=5)


def single(faces: FaceSet, view: View = "pair", **train) -> Stream:
    return Stream(faces, PEN, view, TrainParams(batch=1, **train), seed=5)


def test_parts_share_no_face_and_leave_none_out(make_shards, tmp_path: Path) -> None:
    photos, _ = make_shards(tmp_path, 2)
    parts = [ids_of(photos, part, 0, SHARES) for part in ("train", "val", "test")]
    assert all(parts)
    assert sum(map(len, parts)) == len({name for part in parts for name in part}) == 24


def test_the_number_of_shards_leaves_no_trace(faces: FaceSet, make_shards, tmp_path: Path) -> None:
    other = train_part(make_shards, tmp_path, 3)
    assert other.ids == faces.ids
    first, second = (stream(one).batch(36) for one in (faces, other))
    assert torch.equal(first.photos, second.photos)
    assert all(map(torch.equal, first.sketches, second.sketches))


def test_a_batch_depends_on_its_place_alone(faces: FaceSet) -> None:
    running = stream(faces)
    before = [running.batch(first) for first in range(0, 40, 4)]
    again = stream(faces).batch(36)
    assert torch.equal(again.photos, before[9].photos)
    assert all(map(torch.equal, again.sketches, before[9].sketches))


def test_ranges_and_shapes(faces: FaceSet) -> None:
    batch = stream(faces).batch(0)
    assert batch.photos.shape == (4, 3, 32, 32)
    assert -1 <= batch.photos.min() < -0.5 and 0.5 < batch.photos.max() <= 1
    assert [sketch.shape for sketch in batch.sketches] == [(4, 1, 32, 32)] * 2
    assert {sketch.min().item() for sketch in batch.sketches} == {0}
    assert {sketch.max().item() for sketch in batch.sketches} == {1}


def test_every_pass_takes_all_in_an_order_of_its_own() -> None:
    passes = Passes(10, 3)
    seen = [passes.place(sample) for sample in range(30)]
    orders = [[place for turn, place in seen if turn == one] for one in range(3)]
    assert all(sorted(order) == list(range(10)) for order in orders)
    assert orders[0] != orders[1] != orders[2]


def test_deformation_is_fresh_in_every_pass_and_d_0_is_not(faces: FaceSet) -> None:
    drawn = single(faces, flip=False)
    count = len(faces.ids)
    passes = Passes(count, 5)
    place = [passes.place(sample)[1] for sample in range(2 * count)]
    first, second = (drawn.batch(start + place[start:].index(3)) for start in (0, count))
    assert torch.equal(first.photos, second.photos)
    assert torch.equal(first.sketches[0], second.sketches[0])
    assert not torch.equal(first.sketches[1], second.sketches[1])
    assert not torch.equal(first.sketches[0], first.sketches[1])


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_kind_of_deformation_is_drawn_afresh_and_leaves_the_aligned_sketch(
    faces: FaceSet, kind: str
) -> None:
    changed, passes = single(faces, deform_by=kind, flip=False), Passes(len(faces.ids), 5)
    place = [passes.place(sample)[1] for sample in range(2 * len(faces.ids))]
    starts = (0, len(faces.ids))
    first, second = (changed.batch(start + place[start:].index(3)) for start in starts)
    assert torch.equal(first.sketches[0], second.sketches[0])
    assert not torch.equal(first.sketches[1], second.sketches[1])
    again = single(faces, deform_by=kind, flip=False).batch(place.index(3))
    assert torch.equal(first.sketches[1], again.sketches[1])


def test_photo_and_sketches_are_mirrored_together(faces: FaceSet) -> None:
    plain, mirrored = (single(faces, flip=flip) for flip in (False, True))
    turned = 0
    for sample in range(len(faces.ids)):
        one, other = plain.batch(sample), mirrored.batch(sample)
        flipped = not torch.equal(one.photos, other.photos)
        turned += flipped
        for a, b in zip([one.photos, *one.sketches], [other.photos, *other.sketches], strict=True):
            assert torch.equal(a.flip(3) if flipped else a, b)
    assert 0.2 < turned / len(faces.ids) < 0.8


def test_augmentation_is_fresh_in_every_pass_and_depends_on_the_place_alone(faces: FaceSet) -> None:
    options = {"flip": False, "augment_degrees": 8, "augment_shift_px": 16, "augment_colour": 0.2}
    drawn = single(faces, **options)
    count = len(faces.ids)
    passes = Passes(count, 5)
    place = [passes.place(sample)[1] for sample in range(2 * count)]
    samples = [start + place[start:].index(3) for start in (0, count)]
    first, second = map(drawn.batch, samples)
    assert not torch.equal(first.photos, second.photos)
    assert not torch.equal(first.sketches[0], second.sketches[0])
    again = single(faces, **options).batch(samples[1])
    assert torch.equal(again.photos, second.photos)
    assert all(map(torch.equal, again.sketches, second.sketches))


def test_other_colours_leave_the_sketches_as_they_were(faces: FaceSet) -> None:
    plain, coloured = single(faces).batch(0), single(faces, augment_colour=0.5).batch(0)
    assert not torch.equal(plain.photos, coloured.photos)
    assert all(map(torch.equal, plain.sketches, coloured.sketches))


TOLD = ModelParams(level_told=True, palette=True)


def test_each_view_is_told_its_strength_and_the_palette_of_its_photo(faces: FaceSet) -> None:
    palettes = faces.photos[:, :3, 0].copy()
    coloured = replace(faces, palettes=palettes)
    train = TrainParams(batch=4, deform_px=15)
    batch = Stream(coloured, PEN, "pair", train, 5, TOLD).batch(0)
    assert batch.told is not None and [one.shape for one in batch.told] == [(4, 10)] * 2
    assert batch.told[0][:, 0].tolist() == [0] * 4
    assert batch.told[1][:, 0].tolist() == pytest.approx([15 / 30] * 4)
    places = [Passes(len(faces.ids), 5).place(sample)[1] for sample in range(4)]
    wanted = torch.tensor(palettes[places].reshape(4, 9) / 127.5 - 1).float()
    assert all(torch.equal(one[:, 1:], wanted) for one in batch.told)
    plain = stream(faces, deform_px=15).batch(0)
    assert plain.told is None and torch.equal(plain.photos, batch.photos)
    assert all(map(torch.equal, plain.sketches, batch.sketches))


def test_a_mixed_view_is_told_the_strength_of_the_sketch_it_sees(faces: FaceSet) -> None:
    level = ModelParams(level_told=True)
    mixed = Stream(faces, PEN, "mixed", TrainParams(batch=1, flip=False, deform_px=15), 5, level)
    aligned = single(faces, "aligned", flip=False)
    for sample in range(8):
        seen = mixed.batch(sample)
        same = torch.equal(seen.sketches[0], aligned.batch(sample).sketches[0])
        assert seen.told is not None
        assert seen.told[0].tolist() == [[pytest.approx(0 if same else 15 / 30)]]


def test_colours_are_told_as_augmentation_leaves_them(faces: FaceSet) -> None:
    coloured = replace(faces, palettes=faces.photos[:, 3, 4:7].copy())
    how = TrainParams(batch=4, flip=False, augment_colour=0.3)
    batch = Stream(coloured, PEN, "pair", how, 5, ModelParams(palette=True)).batch(0)
    assert batch.told is not None
    seen = batch.photos[:, :, 3, 4:7].permute(0, 2, 1).reshape(4, 9)
    torch.testing.assert_close(batch.told[0], seen)


def test_a_mixed_view_shows_each_photo_once_with_either_sketch(faces: FaceSet) -> None:
    mixed, aligned = single(faces, "mixed", flip=False), single(faces, "aligned", flip=False)
    count = len(faces.ids)
    passes = Passes(count, 5)
    untouched: dict[int, int] = dict.fromkeys(range(count), 0)
    for sample in range(2 * count):
        same = torch.equal(mixed.batch(sample).sketches[0], aligned.batch(sample).sketches[0])
        untouched[passes.place(sample)[1]] += same
    assert set(untouched.values()) == {1}


def test_a_face_without_strokes_is_an_error(make_shards, tmp_path: Path) -> None:
    photos, strokes = make_shards(tmp_path, 2)
    ids = ids_of(photos, "train", 0, SHARES)
    with pytest.raises(ShardError, match="no strokes of"):
        open_faces(photos, strokes[:1], ids, 32, tmp_path / "photos")


def test_no_faces_is_an_error() -> None:
    nothing = FaceSet([], np.zeros((0, 32, 32, 3), np.uint8), [])
    with pytest.raises(ValueError, match="no faces to train on"):
        stream(nothing)


def test_what_people_do_to_lines_is_told_by_its_strength(faces: FaceSet) -> None:
    train = TrainParams(batch=4, deform_by="warp")
    batch = Stream(faces, PEN, "pair", train, 5, ModelParams(level_told=True)).batch(0)
    assert batch.told is not None
    strengths = batch.told[1][:, 0].tolist()
    assert batch.told[0].tolist() == [[0]] * 4
    assert len(set(strengths)) == 4 and all(0 < one < 1 for one in strengths)
    plain = Stream(faces, PEN, "pair", train, 5).batch(0)
    assert all(map(torch.equal, plain.sketches, batch.sketches))
