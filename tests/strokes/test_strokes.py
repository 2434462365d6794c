import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from facepencil.store import ShardError
from facepencil.strokes.strokes import Facial, Strokes, no_strokes, read_strokes, write_strokes

COORDINATES = st.floats(-600, 1200, width=32)


@st.composite
def strokes(draw):
    """Chains of random cubics whose inner joints are shared; dots among them."""
    lengths = draw(st.lists(st.integers(0, 4), max_size=5))
    segments, starts, points = [], [0], 0
    for length in lengths:
        run = points + np.arange(3 * length + 1)
        if length:
            segments += [run[3 * k : 3 * k + 4] for k in range(length)]
        else:
            segments.append(run[[0, 0, 0, 0]])
        points += run.size
        starts.append(len(segments))
    return Strokes(
        draw(hnp.arrays(np.float32, (points, 2), elements=COORDINATES)),
        np.array(segments, np.int32).reshape(-1, 4),
        np.array(starts, np.int32),
        draw(hnp.arrays(np.uint8, len(starts) - 1, elements=st.integers(0, max(Facial)))),
    )


def same(one: Strokes, other: Strokes) -> bool:
    return all(
        a.dtype == b.dtype and np.array_equal(a, b)
        for a, b in zip(vars(one).values(), vars(other).values(), strict=True)
    )


@given(st.dictionaries(st.text("abc019_-", min_size=1, max_size=8), strokes(), max_size=4))
def test_what_is_written_is_read(tmp_path_factory, sketches):
    path = tmp_path_factory.mktemp("strokes") / "0.npz"
    write_strokes(path, sketches)
    found = read_strokes(path)
    assert list(found) == list(sketches)
    assert all(same(found[name], sketches[name]) for name in sketches)


def test_equal_strokes_are_equal_bytes(tmp_path):
    sketches = {"a": no_strokes(), "b": line()}
    for name in ("one.npz", "two.npz"):
        write_strokes(tmp_path / name, sketches)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def line() -> Strokes:
    points = np.array([[10, 10], [20, 10], [30, 10], [40, 10]], np.float32)
    segments, starts = np.array([[0, 1, 2, 3]], np.int32), np.array([0, 1], np.int32)
    return Strokes(points, segments, starts, np.array([Facial.NOSE], np.uint8))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ShardError, match=r"gone\.npz: no such"):
        read_strokes(tmp_path / "gone.npz")


@pytest.mark.parametrize("keep", [0, 10, 200, -30])
def test_a_torn_file_is_named(tmp_path, keep):
    path = tmp_path / "torn.npz"
    write_strokes(path, {"a": line()})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ShardError, match=r"torn\.npz: expected strokes"):
        read_strokes(path)


def test_another_archive_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", ids=np.array(["a"]))
    with pytest.raises(ShardError, match="sizes"):
        read_strokes(tmp_path / "other.npz")


def test_pickles_are_refused(tmp_path):
    np.savez(tmp_path / "pickled.npz", ids=np.array([{"a": 1}], object))
    with pytest.raises(ShardError, match="allow_pickle"):
        read_strokes(tmp_path / "pickled.npz")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": np.zeros((4, 3), np.float32)}, "points: expected shape"),
        ({"segments": np.zeros((1, 3), np.int32)}, "segments: expected shape"),
        ({"segments": np.array([[0, 1, 2, 4]], np.int32)}, "indices of 4 points"),
        ({"segments": np.array([[-1, 1, 2, 3]], np.int32)}, "indices of 4 points"),
        ({"starts": np.array([0], np.int32)}, "rise from 0 to 1"),
        ({"starts": np.array([0, 0, 1], np.int32)}, "rise from 0 to 1"),
        ({"starts": np.array([], np.int32)}, "rise from 0 to 1"),
        ({"parts": np.zeros(2, np.uint8)}, "parts: expected 1 of 0 to 7"),
        ({"parts": np.array([8], np.uint8)}, "parts: expected 1 of 0 to 7"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Strokes(**{**vars(line()), **change})
