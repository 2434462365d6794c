import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from facepencil.sketch.ridges import BORDER_PX, ridges
from facepencil.sketch.thin import thin

SIZE = 64


def soft_line(angle: float, offset: float, width: float, height: float) -> np.ndarray:
    rows, columns = np.indices((SIZE, SIZE)) - (SIZE - 1) / 2
    away = columns * np.cos(angle) + rows * np.sin(angle) - offset
    return (height * np.exp(-0.5 * (away / width) ** 2)).astype(np.float32)


@given(st.floats(0, np.pi), st.floats(-8, 8), st.floats(1.5, 5))
def test_crest_lies_on_the_line_however_it_runs(angle: float, offset: float, width: float) -> None:
    rows, columns = np.nonzero(thin(ridges(soft_line(angle, offset, width, 0.9), 0.35)))
    away = (columns - 31.5) * np.cos(angle) + (rows - 31.5) * np.sin(angle) - offset
    assert len(rows) > 40
    assert np.abs(away).max() <= 1


def test_weak_line_is_drawn_only_where_it_joins_a_sure_one() -> None:
    fading = np.clip(np.linspace(0.2, 0.7, SIZE), 0.25, 0.6)[:, None]
    soft = np.maximum(soft_line(0, -10, 2, 1) * fading, soft_line(0, 10, 2, 0.25))
    soft = soft.astype(np.float32)
    rows, columns = np.nonzero(ridges(soft, 0.35))
    assert rows.min() < 10, "the weak line goes on from the sure one"
    assert columns.max() < 26, "nothing of the weak line that stands alone"


def test_nothing_is_drawn_along_the_border() -> None:
    soft = soft_line(0, -31.5, 2, 0.9)
    assert not ridges(soft, 0.35)[:, :BORDER_PX].any()
