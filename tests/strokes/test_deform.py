from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facepencil.seeds import rng_of
from facepencil.strokes.deform import deform
from facepencil.strokes.raster import rasterize
from facepencil.strokes.strokes import Strokes, no_strokes
from facepencil.strokes.vectorize import vectorize

SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def cross() -> Strokes:
    """Two lines that meet in a junction, and a ring."""
    sketch = np.full((64, 64), 255, np.uint8)
    sketch[20, 5:36] = sketch[5:36, 20] = 0
    sketch[[45, 59], 46:59] = sketch[46:59, [45, 59]] = 0
    return vectorize(sketch, 1.5, 0)


@given(d=st.floats(0, 60), p=st.floats(0, 1), seed=SEEDS)
def test_offsets_stay_in_the_square(cross, d, p, seed):
    moved = deform(cross, d, p, np.random.default_rng(seed))
    assert moved.dtype == np.float32
    assert np.abs(moved - cross.points).max() <= d + 1e-4


@given(seed=SEEDS)
def test_none_moves_at_zero(cross, seed):
    for d, p in ((0, 1), (30, 0)):
        moved = deform(cross, d, p, np.random.default_rng(seed))
        np.testing.assert_array_equal(moved, cross.points)


def test_offsets_are_uniform_and_as_frequent_as_asked():
    many = replace(no_strokes(), points=np.zeros((40000, 2), np.float32))
    moved = deform(many, 11, 0.5, np.random.default_rng(0))
    assert (moved != 0).mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.02)
    offsets = moved[moved != 0] / 11
    assert np.histogram(offsets, 4, (-1, 1))[0] / offsets.size == pytest.approx(
        [0.25] * 4, abs=0.02
    )
    assert abs(np.corrcoef(deform(many, 11, 1, np.random.default_rng(0)).T)[0, 1]) < 0.02


@given(seed=SEEDS)
def test_joints_stay_joined(cross, seed):
    """Ends that met in one point still do: each is one point, moved once."""
    ends = cross.segments[:, [0, 3]].ravel()
    moved = deform(cross, 30, 1, np.random.default_rng(seed))
    before, groups = np.unique(cross.points[ends], axis=0, return_inverse=True)
    after = np.unique(np.column_stack([groups, moved[ends]]), axis=0)
    assert len(after) == len(before) < len(ends)


def test_same_names_same_pixels(cross):
    first, again, other = (
        rasterize(deform(cross, 11, 1, rng_of(0, "deform", name, 11.0)), cross.segments, 64)
        for name in ("000001", "000001", "000002")
    )
    assert first.tobytes() == again.tobytes() != other.tobytes()
