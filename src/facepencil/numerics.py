"""Equal arithmetic on every x86-64 processor with AVX2: the libraries' kernels, capped to it.

NumPy, OpenCV and OpenBLAS choose their kernels when they are loaded, torch and what it brings
(oneDNN, MKL) when a kernel first runs. All of them ask the environment, so it is set here before.
"""

import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

AT_FIRST_USE = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    # Of MKL's branches, the only one that is the same on other makers' processors.
    "MKL_CBWR": "COMPATIBLE",
}
"""What caps torch, from before it first computes."""

_AT_LOADING = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Haswell",
    # IPP has kernels of its own, by processor and by maker.
    "OPENCV_IPP": "disabled",
}
_OPENCV = {"OPENCV_CPU_DISABLE": "AVX512-SKX"}
_late: list[str] = []


def cap_at_loading() -> None:
    """Cap NumPy, OpenCV and OpenBLAS; the package does so when it is imported.

    What that costs in speed is too little to measure, so no param decides on it.
    """
    if platform.machine() != "x86_64":
        return
    # OpenCV grumbles where there is nothing to disable, and says that IPP is off.
    caps = _AT_LOADING | (_OPENCV if _has_avx512() else {})
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    if _set(caps):
        _late.extend(name for name in ("numpy", "cv2") if name in sys.modules)


def require_caps() -> None:
    """Make sure that what this process computes is portable.

    Raises:
        RuntimeError: NumPy or OpenCV was loaded before this package.
    """
    if _late:
        raise RuntimeError(
            f"{' and '.join(_late)} loaded before facepencil, with all that this processor has: "
            "import facepencil first"
        )


def _set(caps: Mapping[str, str]) -> bool:
    """Put caps into the environment; False if they were there."""
    if caps.items() <= os.environ.items():
        return False
    os.environ.update(caps)
    return True


def _has_avx512() -> bool:
    cpuinfo = Path("/proc/cpuinfo")
    return not cpuinfo.exists() or " avx512f " in cpuinfo.read_text()
