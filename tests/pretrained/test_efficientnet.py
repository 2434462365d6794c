import numpy as np
import pytest
import torch
from skimage import data
from timm.models.efficientnet import tf_efficientnet_lite0
from torch.nn import functional as F

from facepencil.pretrained.efficientnet import load_efficientnet


@pytest.fixture(scope="module")
def network(weights):
    return load_efficientnet(weights("efficientnet_lite0.pth"))


@pytest.fixture(scope="module")
def faces():
    grey = torch.from_numpy(data.lfw_subset()[:12].astype(np.float32)) * 2 - 1
    return grey[:, None].expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)


def picture(image):
    return torch.from_numpy(image.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1


def test_photos_are_what_imagenet_says(network):
    photos = {967: data.coffee(), 285: data.chelsea()}  # espresso, Egyptian cat
    for label, photo in photos.items():
        assert network.logits(network(picture(photo))).argmax().item() == label


def test_features_are_those_of_timms_network(network, weights, faces):
    theirs = tf_efficientnet_lite0().eval()
    tensors = torch.load(weights("efficientnet_lite0.pth"), weights_only=True)
    theirs.load_state_dict(dict(zip(theirs.state_dict(), tensors.values(), strict=True)))
    with torch.inference_mode():
        seen = F.interpolate(faces, (224, 224), mode="bilinear", antialias=True)
        expected = theirs.forward_head(theirs.forward_features(seen), pre_logits=True)
        found = network(faces)
        assert torch.allclose(found, expected, atol=1e-3)
        assert torch.allclose(network.logits(found), theirs(seen), atol=1e-3)


def test_neither_batch_nor_order_matters(network, faces):
    with torch.inference_mode():
        whole = network(faces)
        pieces = torch.cat([network(faces[i : i + 5]) for i in range(0, 12, 5)])
        turned = network(faces.flip(0)).flip(0)
    assert whole.shape == (12, 1280)
    assert torch.allclose(whole, pieces, atol=1e-4) and torch.allclose(whole, turned, atol=1e-4)
    assert (whole[0] - whole[1]).abs().max() > 0.1


def test_other_weights_are_refused(tmp_path):
    path = tmp_path / "other.pth"
    torch.save(torch.nn.Linear(2, 2).state_dict(), path)
    with pytest.raises(ValueError, match="expected the weights of EfficientNet-Lite0"):
        load_efficientnet(path)
