"""Only arrays come out of a pickle, and no code runs."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from facepencil.pretrained.unpickle import load_arrays


class Trap:
    """Makes a file when unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_arrays_come_back_under_their_path(tmp_path):
    kernel = np.arange(6, dtype=np.float32).reshape(2, 3)
    (tmp_path / "a.ckpt").write_bytes(pickle.dumps({"net": {"conv": {"kernel": kernel}}}))
    arrays = load_arrays(tmp_path / "a.ckpt")
    assert list(arrays) == ["net/conv/kernel"]
    np.testing.assert_array_equal(arrays["net/conv/kernel"], kernel)


def test_files_of_numpy_1_are_read(tmp_path):
    data = pickle.dumps({"a": np.ones(3)}, protocol=3)
    old = data.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    (tmp_path / "a.ckpt").write_bytes(old)
    assert b"numpy._core" not in old
    np.testing.assert_array_equal(load_arrays(tmp_path / "a.ckpt")["a"], np.ones(3))


def test_code_is_named_and_never_run(tmp_path):
    path, mark = tmp_path / "a.ckpt", tmp_path / "mark"
    path.write_bytes(pickle.dumps({"a": Trap(mark)}))
    with pytest.raises(ValueError, match=r"a\.ckpt.*pathlib"):
        load_arrays(path)
    assert not mark.exists()
    pickle.loads(path.read_bytes())
    assert mark.exists(), "the trap itself must work, or the test proves nothing"


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps({"a": 3}),
        pickle.dumps({"a": np.array([None])}),
        pickle.dumps([np.ones(2)]),
        pickle.dumps({"a": np.ones(9)})[:-20],
        b"",
        b"not a pickle",
    ],
)
def test_anything_else_is_an_error_that_names_the_file(tmp_path, content):
    (tmp_path / "bad.ckpt").write_bytes(content)
    with pytest.raises(ValueError, match=r"bad\.ckpt"):
        load_arrays(tmp_path / "bad.ckpt")


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_arrays(tmp_path / "none.ckpt")


def test_the_shipped_weights_hold_the_whole_of_vgg16(weights):
    arrays = load_arrays(weights("vgg16_lpips.ckpt"))
    kernels = [a for name, a in arrays.items() if name.startswith("VGG16_0/") and a.ndim == 4]
    assert len(kernels) == 13
    assert sum(a.size for a in kernels) == 14_710_464
