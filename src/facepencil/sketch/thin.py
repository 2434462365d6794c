"""Lines one pixel wide, without specks."""

import numpy as np
from numpy.typing import NDArray
from skimage.morphology import remove_small_objects, skeletonize

Lines = NDArray[np.bool_]
"""(H, W), True where a line runs."""


def thin(lines: Lines) -> Lines:
    """Skeleton, one pixel wide and 8-connected (Lee, Kashyap and Chu, CVGIP 1994).

    Zhang and Suen's method, scikit-image's default, shortens slanted lines two pixels wide.
    """
    return np.asarray(skeletonize(lines, method="lee"), np.bool_)  # type: ignore[no-untyped-call]


def drop_specks(lines: Lines, shortest: int) -> Lines:
    """Remove the 8-connected components of fewer than `shortest` pixels."""
    kept = remove_small_objects(lines, max_size=shortest - 1, connectivity=2)
    return np.asarray(kept, np.bool_)
