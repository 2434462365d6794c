"""Points of the plane as complex numbers x + iy: one array and one formula for both axes."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Plane = NDArray[np.complex128]
