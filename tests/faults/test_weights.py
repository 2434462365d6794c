"""Files of weights, models and strokes that carry code, lies or noise: none runs, each is named."""

import hashlib
import io
import json
import pickle
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from safetensors.numpy import save

from facepencil.evaluation.photo_features import read_reference
from facepencil.faces.detect import Detector
from facepencil.networks.finder_file import load_finder
from facepencil.networks.painter import load_painter
from facepencil.pretrained.efficientnet import load_efficientnet
from facepencil.pretrained.face_identity import load_face_identity
from facepencil.pretrained.face_mesh import FaceMesh
from facepencil.pretrained.hed import read_layers
from facepencil.pretrained.inception import load_inception
from facepencil.pretrained.lpips import load_lpips
from facepencil.pretrained.person_mask import PersonMask
from facepencil.pretrained.vgg import VggFeatures
from facepencil.store import Shard
from facepencil.strokes.strokes import read_strokes
from facepencil.training.checkpoint import load_state
from facepencil.training.pretraining import load_classifier
from tests.fixtures.assets import Fetch

CPU = torch.device("cpu")
Reader = Callable[[Path], object]

READERS: dict[str, Reader] = {
    "hed.h5": read_layers,
    "face_mesh.tflite": FaceMesh,
    "person_mask.tflite": PersonMask,
    "yunet.onnx": lambda path: Detector(path, 0.5),
    "alexnet_lpips.ckpt": load_lpips,
    "vgg16_lpips.ckpt": VggFeatures,
    "efficientnet_lite0.pth": load_efficientnet,
    "face_identity.bin": lambda path: load_face_identity(path, path),
    "inception_fid.pth": lambda path: load_inception(path, sha256_of(path)),
    "painter.safetensors": load_painter,
    "finder.safetensors": load_finder,
    "classifier.safetensors": lambda path: load_classifier(path, 4),
    "reference.safetensors": lambda path: read_reference(path, "0" * 16),
    "state.pt": lambda path: load_state(path, CPU),
    "strokes.npz": read_strokes,
    "shard.zip": Shard,
}
"""Whoever reads a file that others made, by a name that such a file has."""


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Trap:
    """Makes a file when unpickled."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self._mark,)


def torch_file(content: object, old: bool = False) -> bytes:
    file = io.BytesIO()
    torch.save(content, file, _use_new_zipfile_serialization=not old)
    return file.getvalue()


def array_file(content: object) -> bytes:
    file = io.BytesIO()
    np.savez(file, ids=np.array([content], object), sizes=np.array([content], object))
    return file.getvalue()


def zip_of(name: str, data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, data)
    return file.getvalue()


def hdf5_file(content: bytes, folder: Path) -> bytes:
    """Pickled bytes where weights should be, and a link to a file elsewhere."""
    with h5py.File(folder / "made.h5", "w") as file:
        file["dsn1/vars/0"] = np.void(content)
        file["block1"] = h5py.ExternalLink("/etc/passwd", "/")
    return (folder / "made.h5").read_bytes()


def tensors(header: object, length: int | None = None, data: bytes = bytes(16)) -> bytes:
    """A safetensors file with any header, which may lie about its length."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(start: int, end: int, shape: list[int], kind: str = "F32") -> dict[str, object]:
    return {"a": {"dtype": kind, "shape": shape, "data_offsets": [start, end]}}


def bad_files(mark: Path) -> dict[str, bytes]:
    """Files of every kind that is read, with a trap in them or a lie."""
    trap = Trap(mark)
    plain = pickle.dumps({"a": trap})
    return {
        "pickle": plain,
        "pickle of another protocol": pickle.dumps([trap], 0),
        "torch": torch_file({"a": trap}),
        "torch of before": torch_file({"a": trap}, old=True),
        "npz": array_file(trap),
        "zip with an index": zip_of("index.json", plain),
        "zip with a pickle": zip_of("archive/data.pkl", plain),
        "hdf5": hdf5_file(plain, mark.parent),
        "header too long": tensors({}, 2**63),
        "header of gigabytes": tensors({}, 2**33),
        "header without end": tensors(b'{"a":' * 1000),
        "header of text": tensors("text"),
        "header with a trap": tensors({"__metadata__": {"model": plain.hex(), "finder": "{}"}}),
        "offsets outside": tensors(tensor(0, 2**40, [2**38])),
        "offsets backwards": tensors(tensor(16, 0, [4])),
        "shape of too much": tensors(tensor(0, 16, [2**62, 4])),
        "unknown type": tensors(tensor(0, 16, [4], "CODE")),
        "metadata of a list": tensors({"__metadata__": {"model": "[1]", "finder": "[1]"}}),
        "no tensors": save({}),
        "nothing": b"",
        "noise": random.Random(0).randbytes(4000),
    }


@pytest.mark.parametrize("name", READERS)
def test_no_file_runs_code_and_each_is_named_in_one_error(name: str, tmp_path: Path) -> None:
    path, mark = tmp_path / name, tmp_path / "mark"
    for what, data in bad_files(mark).items():
        path.write_bytes(data)
        with pytest.raises((ValueError, OSError)) as caught:  # the kinds that stages tell plainly
            READERS[name](path)
        assert name in str(caught.value).splitlines()[0], what
        assert not mark.exists(), what
    pickle.loads(bad_files(mark)["pickle"])
    assert mark.exists(), "the trap itself must work, or the test proves nothing"


@pytest.mark.parametrize("name", ["yunet.onnx", "hed.h5", "efficientnet_lite0.pth"])
def test_real_weights_that_were_cut_are_named(name: str, weights: Fetch, tmp_path: Path) -> None:
    whole = weights(name).read_bytes()
    for share in (0.02, 0.5, 0.999):
        (tmp_path / name).write_bytes(whole[: int(share * len(whole))])
        with pytest.raises((ValueError, OSError), match=name):
            READERS[name](tmp_path / name)
