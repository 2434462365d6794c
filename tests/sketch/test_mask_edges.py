import numpy as np
import pytest

from facepencil.sketch.mask_edges import label_edges
from facepencil.sketch.thin import thin


def test_line_runs_where_labels_change_and_nowhere_else() -> None:
    labels = np.zeros((8, 8), np.uint8)
    labels[2:6, 3:7] = 9
    lines = label_edges(labels, 8)
    changes = {(row, column) for row in range(2, 6) for column in (2, 6)}
    changes |= {(row, column) for row in (1, 5) for column in range(3, 7)}
    assert set(zip(*np.nonzero(lines), strict=True)) == changes


@pytest.mark.parametrize("size", [128, 256, 300])
def test_shrinking_mixes_no_classes(size: int) -> None:
    rows, columns = np.indices((512, 512)) - 255.5
    labels = np.where(np.hypot(rows, columns) < 150, 17, 1).astype(np.uint8)
    rows, columns = np.nonzero(thin(label_edges(labels, size)))
    radius = np.hypot(rows - size / 2, columns - size / 2)
    assert np.abs(radius - 150 * size / 512).max() < 2
    assert len(rows) > 5 * radius.mean(), "the circle is closed"
