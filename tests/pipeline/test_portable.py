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
from pathlib import Path

import pytest

from facepencil.numerics import AT_FIRST_USE
from facepencil.store import write_shard

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PHOTOS = 2
STAGES = ("crop", "sketch", "vectorize", "deform")
OUTPUTS = ("faces/0.zip", "sketches/0.zip", "strokes/0.npz", "deformed/0.zip")
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
CAPS = {*MORE, *AT_FIRST_USE}

Chain = Callable[[Sequence[str], dict[str, str]], dict[str, str]]


@pytest.fixture(scope="module")
def chain(tmp_path_factory, weights, celeba_photos) -> Chain:
    """sha256 of every output of the stages, run by an interpreter in an environment."""

    def run(python: Sequence[str], settings: dict[str, str]) -> dict[str, str]:
        folder = tmp_path_factory.mktemp("chain")
        _lay_out(folder, weights, celeba_photos)
        outer = {name: value for name, value in os.environ.items() if name not in CAPS}
        paths = os.pathsep.join([str(ROOT / "src"), str(ROOT), *sys.path])
        for stage in STAGES:
            command = [*python, "-m", f"pipeline.{stage}", "--shard", "0"]
            environment = outer | settings | {"PYTHONPATH": paths}
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
        data = folder / "data"
        return {name: hashlib.sha256((data / name).read_bytes()).hexdigest() for name in OUTPUTS}

    return run


@pytest.fixture(scope="module")
def expected(chain: Chain) -> dict[str, str]:
    return chain([sys.executable], {})


@pytest.mark.parametrize("settings", [MORE, LESS], ids=["more", "less"])
def test_caps_win_over_the_environment(
    chain: Chain, expected: dict[str, str], settings: dict[str, str]
) -> None:
    assert chain([sys.executable], settings) == expected


@pytest.mark.timeout(3600)
@pytest.mark.skipif(QEMU is None, reason="wants qemu-x86_64 (Debian: qemu-user)")
@pytest.mark.parametrize("processor", ["Haswell", "EPYC-Rome"])
def test_other_processors_give_equal_bytes(
    chain: Chain, expected: dict[str, str], processor: str
) -> None:
    python = os.path.realpath(sys.executable)
    assert chain([QEMU, "-cpu", processor, python], {}) == expected


def test_numpy_loaded_too_early_is_an_error() -> None:
    early = "import numpy\nfrom facepencil.numerics import require_caps\nrequire_caps()"
    outer = {name: value for name, value in os.environ.items() if name not in CAPS}
    done = subprocess.run(
        [sys.executable, "-c", early], env=outer, capture_output=True, text=True, cwd=ROOT
    )
    assert "RuntimeError: numpy loaded before facepencil" in done.stderr


def _lay_out(folder: Path, weights: Callable[[str], Path], photos: dict[str, bytes]) -> None:
    """What the stages read: photos, weights and the `test` preset, with most photos in the test."""
    (folder / "data/raw").mkdir(parents=True)
    (folder / "data/weights").mkdir()
    for file in FILES:
        (folder / "data/weights" / file).symlink_to(weights(file))
    names = sorted(photos)[:PHOTOS]
    entries = [{"id": name, "file": f"{name}.jpg"} for name in names]
    members = [(f"{name}.jpg", photos[name]) for name in names]
    write_shard(folder / "data/raw/0.zip", members, {"photos": entries})
    preset = (ROOT / "presets/test.yaml").read_text()
    (folder / "params.yaml").write_text(preset.replace("\n  test: 0.3 ", "\n  test: 0.89 "))
