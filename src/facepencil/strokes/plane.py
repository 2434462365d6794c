"""Points of the plane as complex numbers x + iy: half the memory passes, half the formulas."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Plane = NDArray[np.complex128]
