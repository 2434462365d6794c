import hashlib

import pytest
import torch
from torch.nn import functional as F

from facepencil.pretrained.inception import FidInception, load_inception


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return FidInception().eval()


def test_pools_leave_the_padding_out_but_for_the_last(network):
    seen = {}
    for name in ("Mixed_5b", "Mixed_7c"):
        block = network.net.get_submodule(name)
        pool = block.branch_pool.conv
        block.register_forward_pre_hook(lambda _, x, name=name: seen.update({name: [x[0]]}))
        pool.register_forward_pre_hook(lambda _, x, name=name: seen[name].append(x[0]))
    with torch.inference_mode():
        network(torch.rand(1, 3, 64, 64) * 2 - 1)
    mean = F.avg_pool2d(seen["Mixed_5b"][0], 3, 1, 1, count_include_pad=False)
    assert torch.allclose(seen["Mixed_5b"][1], mean, rtol=1e-5)
    assert torch.equal(seen["Mixed_7c"][1], F.max_pool2d(seen["Mixed_7c"][0], 3, 1, 1))


def test_reads_weights_of_its_hash_alone(network, tmp_path):
    path = tmp_path / "inception_fid.pth"
    torch.save(network.net.state_dict(), path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    images = torch.rand(2, 3, 64, 64) * 2 - 1
    with torch.inference_mode():
        features = load_inception(path, digest)(images)
        assert features.shape == (2, 2048)
        scores = F.linear(features, network.net.fc.weight, network.net.fc.bias)
        assert torch.allclose(scores, network(images), rtol=1e-3)
    with pytest.raises(ValueError, match=rf"expected sha256 {'0' * 64}.*found {digest}"):
        load_inception(path, "0" * 64)
