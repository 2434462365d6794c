"""From photo to stroke the bytes are the same on every x86-64 processor with AVX2 (law 3).

Other processors are stood in for by environments that ask the libraries for other kernels, and by
QEMU, where it is installed (Debian: qemu-user): it has neither AVX-512 nor this machine's caches.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence

import pytest

from facepencil.numerics import AT_FIRST_USE
from tests.fixtures.assets import Fetch
from tests.fixtures.commands import ROOT
from tests.fixtures.faces import write_raw

pytestmark = pytest.mark.slow
PHOTOS = 2
OUTPUTS = ("faces.zip", "sketches.zip", "strokes.npz", "deformed.zip")
FILES = ("yunet.onnx", "hed.h5", "face_mesh.tflite", "person_mask.tflite")
MORE = {
    "NPY_DISABLE_CPU_FEATURES": "",
    "OPENBLAS_CORETYPE": "SkylakeX",
    "OPENCV_CPU_DISABLE": "",
    "OPENCV_IPP": "avx512",
}
LESS = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Nehalem",
    "OPENCV_CPU_DISABLE": "AVX2,AVX512-SKX",
    "OPENCV_IPP": "sse42",
}
QEMU = shutil.which("qemu-x86_64")

Chain = Callable[[Sequence[str], dict[str, str]], dict[str, str]]


def environment() -> dict[str, str]:
    """This one, without any caps, and with all that is installed here in Python's path."""
    kept = {k: v for k, v in os.environ.items() if k not in {*MORE, *AT_FIRST_USE}}
    paths = [str(ROOT / "src"), str(ROOT), *sys.path]
    return kept | {"PYTHONPATH": os.pathsep.join(paths), "OPENCV_FOR_THREADS_NUM": "1"}


@pytest.fixture(scope="module")
def run_chain(
    tmp_path_factory: pytest.TempPathFactory, weights: Fetch, celeba_photos: dict[str, bytes]
) -> Chain:
    """sha256 of what crop, sketch, vectorize and deform make, by a Python in an environment."""

    def run(python: Sequence[str], settings: dict[str, str]) -> dict[str, str]:
        folder = tmp_path_factory.mktemp("portable")
        write_raw(folder / "raw.zip", dict(sorted(celeba_photos.items())[:PHOTOS]))
        (folder / "weights").mkdir()
        for file in FILES:
            (folder / "weights" / file).symlink_to(weights(file))
        command = [*python, "-m", "tests.fixtures.photo_to_stroke", folder]
        subprocess.run(command, check=True, env=environment() | settings, cwd=ROOT)
        return {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in OUTPUTS}

    return run


@pytest.fixture(scope="module")
def expected(run_chain: Chain) -> dict[str, str]:
    return run_chain([sys.executable], {})


@pytest.mark.parametrize("settings", [MORE, LESS], ids=["more", "less"])
def test_caps_win_over_the_environment(
    run_chain: Chain, expected: dict[str, str], settings: dict[str, str]
) -> None:
    assert run_chain([sys.executable], settings) == expected


@pytest.mark.timeout(3600)
@pytest.mark.skipif(QEMU is None, reason="wants qemu-x86_64 (Debian: qemu-user)")
@pytest.mark.parametrize("processor", ["Haswell", "EPYC-Rome"])
def test_other_processors_give_equal_bytes(
    run_chain: Chain, expected: dict[str, str], processor: str
) -> None:
    # The interpreter itself: the one in an environment's folder is a link, which QEMU follows.
    emulated = [str(QEMU), "-cpu", processor, os.path.realpath(sys.executable)]
    assert run_chain(emulated, {}) == expected


def test_numpy_loaded_too_early_is_an_error() -> None:
    early = "import numpy\nfrom facepencil.numerics import require_caps\nrequire_caps()"
    done = subprocess.run(
        [sys.executable, "-c", early], env=environment(), capture_output=True, text=True
    )
    assert "RuntimeError: numpy loaded before facepencil" in done.stderr
