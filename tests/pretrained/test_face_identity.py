"""The port of dlib's network: shapes layer by layer, and numbers known of it."""

import json
import shutil

import numpy as np
import pytest
import torch

from facepencil.pretrained.face_identity import CHIP_PX, load_face_identity


@pytest.fixture(scope="module")
def files(weights):
    return weights("face_identity.bin"), weights("face_identity.json")


@pytest.fixture(scope="module")
def network(files):
    return load_face_identity(*files)


def test_each_block_has_the_size_that_dlib_gives_it(network):
    shapes = []
    hooks = [
        block.register_forward_hook(lambda _, __, out: shapes.append(tuple(out.shape[1:])))
        for block in [network.conv32_down, *network.blocks.values()]
    ]
    found = network(torch.zeros(2, 3, CHIP_PX, CHIP_PX))
    for hook in hooks:
        hook.remove()
    sizes = [(32, 72), *[(32, 35)] * 3, *[(64, 17)] * 4, *[(128, 8)] * 3, *[(256, 4)] * 3, (256, 2)]
    assert shapes == [(channels, side, side) for channels, side in sizes]
    assert found.shape == (2, 128)


def test_weights_are_read_as_the_manifest_says(network, files):
    data, manifest = files[0].read_bytes(), json.loads(files[1].read_text())
    first = manifest[0]["weights"][0]
    coded = np.frombuffer(data, np.uint8, 7 * 7 * 3 * 32).reshape(7, 7, 3, 32)
    scale, low = (first["quantization"][key] for key in ("scale", "min"))
    weight = network.conv32_down.conv.weight
    assert weight[5, 2, 3, 6].item() == pytest.approx(coded[3, 6, 2, 5] * scale + low, abs=1e-6)
    last = np.frombuffer(data, np.uint8)[-256 * 128 :].reshape(256, 128)
    scale, low = (manifest[0]["weights"][-1]["quantization"][key] for key in ("scale", "min"))
    assert network.fc.weight[5, 7].item() == pytest.approx(last[7, 5] * scale + low, abs=1e-6)


def test_other_files_are_refused(files, tmp_path):
    short = tmp_path / "short.bin"
    short.write_bytes(files[0].read_bytes()[:-8])
    with pytest.raises(ValueError, match=r"short\.bin.*expected the face recognition network"):
        load_face_identity(short, files[1])
    longer = shutil.copy(files[0], tmp_path / "longer.bin")
    with longer.open("ab") as file:
        file.write(b"more")
    with pytest.raises(ValueError, match="bytes, where the manifest lists"):
        load_face_identity(longer, files[1])
    other = tmp_path / "other.json"
    other.write_text("[]")
    with pytest.raises(ValueError, match=r"other\.json: expected the face recognition network"):
        load_face_identity(files[0], other)
