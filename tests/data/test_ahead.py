"""Batches drawn ahead by other processes are those drawn at once, in the same order."""

import pytest
import torch

from facepencil.config.deform import DeformParams
from facepencil.config.model import ModelParams
from facepencil.config.split import SplitParams
from facepencil.config.train import TrainParams
from facepencil.data.ahead import Feed
from facepencil.data.face_set import FaceSet, ids_of, open_faces
from facepencil.data.stream import Batch, Stream
from facepencil.strokes.pen import Pen

CPU = torch.device("cpu")
PEN = Pen(raster_px=64, size=32, deform=DeformParams())
FIRSTS = range(4, 28, 4)


@pytest.fixture(scope="module")
def stream(make_shards, tmp_path_factory: pytest.TempPathFactory) -> Stream:
    folder = tmp_path_factory.mktemp("faces")
    photos, strokes = make_shards(folder, 1)
    ids = ids_of(photos, "train", 0, SplitParams())
    faces: FaceSet = open_faces(photos, strokes, ids, 32, folder / "photos")
    model = ModelParams(level_told=True)
    return Stream(faces, PEN, "pair", TrainParams(batch=4), seed=5, model=model)


def same(first: Batch, second: Batch) -> bool:
    assert first.told and second.told
    pairs = zip(
        (first.photos, *first.sketches, *first.told),
        (second.photos, *second.sketches, *second.told),
        strict=True,
    )
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("workers", [0, 2])
def test_every_batch_comes_once_and_in_order(stream: Stream, workers: int) -> None:
    before = torch.get_rng_state()
    feed = Feed(stream, FIRSTS, 4, CPU, workers)
    for first in FIRSTS:
        assert same(next(feed), stream.batch(first))
    with pytest.raises(StopIteration):
        next(feed)
    assert torch.equal(torch.get_rng_state(), before)
    assert feed.waited > 0


def test_processes_share_a_batch_in_the_order_of_their_ranks(stream: Stream) -> None:
    halves = [next(Feed(stream, [first], 2, CPU)) for first in (8, 10)]
    whole = stream.batch(8)
    assert torch.equal(torch.cat([half.photos for half in halves]), whole.photos)
    for view in range(2):
        sketches = [half.sketches[view] for half in halves]
        assert torch.equal(torch.cat(sketches), whole.sketches[view])


def test_a_batch_falls_into_parts(stream: Stream) -> None:
    batch = stream.batch(0)
    parts = batch.parts(3)
    assert [len(part.photos) for part in parts] == [3, 1]
    assert batch.told
    for part, some in zip(parts, (slice(3), slice(3, None)), strict=True):
        own = Batch(
            [one[some] for one in batch.sketches], batch.photos[some], [t[some] for t in batch.told]
        )
        assert same(part, own)
    assert batch.parts(4) == [batch]


def test_drawn_in_bytes_it_is_what_the_pen_draws(stream: Stream) -> None:
    drawn = stream.draw(0, 4)
    assert {one.dtype for one in (*drawn.sketches, drawn.photos)} == {torch.uint8}
    assert drawn.levels[0] == 0 and drawn.levels[-1] == 1
