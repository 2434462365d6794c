import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from facepencil.sketch.thin import drop_specks, thin

blots = arrays(np.bool_, st.tuples(st.integers(3, 24), st.integers(3, 24)))


def pieces(lines: np.ndarray) -> int:
    return cv2.connectedComponents(lines.astype(np.uint8), connectivity=8)[0] - 1


@given(blots)
def test_thinning_takes_away_only_and_breaks_nothing(lines: np.ndarray) -> None:
    thinned = thin(lines)
    assert not (thinned & ~lines).any()
    assert pieces(thinned) == pieces(lines)


@given(blots)
def test_thin_lines_stay_as_they_are(lines: np.ndarray) -> None:
    once = thin(lines)
    np.testing.assert_array_equal(thin(once), once)


def test_bar_becomes_its_middle_line() -> None:
    bar = np.zeros((20, 40), np.bool_)
    bar[8:13, 5:35] = True
    rows, columns = np.nonzero(thin(bar))
    assert set(rows) <= {9, 10, 11}
    assert len(columns) == np.ptp(columns) + 1 >= 24


@given(blots, st.integers(0, 12))
def test_specks_go_and_all_else_stays_whole(lines: np.ndarray, shortest: int) -> None:
    kept = drop_specks(lines, shortest)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(lines.astype(np.uint8), connectivity=8)
    for label in range(1, len(stats)):
        piece = labels == label
        assert kept[piece].all() == kept[piece].any() == (piece.sum() >= shortest)
    assert not (kept & ~lines).any()


def test_slanted_double_line_keeps_its_length() -> None:
    steps = np.arange(4, 40)
    lines = np.zeros((44, 44), np.bool_)
    lines[steps, steps] = lines[steps, steps + 1] = True
    assert thin(lines).sum() >= len(steps) - 2
