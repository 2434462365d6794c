"""Strokes read one at a time are those that a file holds."""

from dataclasses import fields

import numpy as np
import pytest

from facepencil.data.stroke_files import StrokeFiles
from facepencil.store import ShardError
from facepencil.strokes.strokes import Strokes, no_strokes, read_strokes, write_strokes


@pytest.fixture
def paths(make_shards, tmp_path):
    return make_shards(tmp_path, 2).strokes


def same(one: Strokes, other: Strokes) -> bool:
    pairs = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(Strokes)]
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)


def test_each_face_has_the_strokes_of_its_file_in_the_order_asked_for(paths):
    known = {name: one for path in paths for name, one in read_strokes(path).items()}
    ids = sorted(known)[::-1]
    found = StrokeFiles(paths, ids)
    assert len(found) == len(ids)
    assert all(same(found[place], known[name]) for place, name in enumerate(ids))
    assert [same(one, known[name]) for one, name in zip(found[:2], ids, strict=False)] == [True] * 2
    assert list(found.by_id()) == ids and same(found.by_id()[ids[3]], known[ids[3]])
    with pytest.raises(IndexError):
        found[len(ids)]


def test_empty_sketches_have_no_strokes(paths, tmp_path):
    some = next(iter(read_strokes(paths[0]).values()))
    write_strokes(tmp_path / "s.npz", {"a": no_strokes(), "b": some, "c": no_strokes()}, ["d"])
    found = StrokeFiles([tmp_path / "s.npz"], ["c", "b", "a"])
    assert same(found[0], no_strokes()) and same(found[1], some) and same(found[2], no_strokes())
    write_strokes(tmp_path / "none.npz", {})
    assert len(StrokeFiles([tmp_path / "none.npz"], [])) == 0


def test_a_flipped_bit_is_found_when_the_file_is_opened(paths):
    data = bytearray(paths[0].read_bytes())
    data[len(data) // 2] ^= 1
    paths[0].write_bytes(data)
    with pytest.raises(ShardError, match="expected strokes in an npz file"):
        StrokeFiles(paths, [])


def test_what_is_not_there_is_named(paths, tmp_path):
    with pytest.raises(ShardError, match=r"no strokes of \['nobody'\]"):
        StrokeFiles(paths, ["nobody"])
    with pytest.raises(ShardError, match=r"gone\.npz: no such file"):
        StrokeFiles([tmp_path / "gone.npz"], [])
