"""Features of the Inception network that the true FID is defined on (Heusel et al., 2017)."""

import hashlib
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models.inception import Inception3, InceptionE  # type: ignore[import-untyped]

from facepencil.pretrained.torch_file import load_tensors

_SIDE_PX = 299
# Where TensorFlow's network averages without the padding, and torchvision's with it.
_AVERAGED = ("5b", "5c", "5d", "6b", "6c", "6d", "6e", "7b")


class FidInception(nn.Module):
    """Inception v3 of TensorFlow's 2015 release, as ported in pytorch-fid's weights."""

    def __init__(self) -> None:
        """Random weights; `load_inception` reads the trained ones."""
        super().__init__()
        self.net = Inception3(1008, aux_logits=False, init_weights=False)
        self.net.Mixed_7c = _LastBlock(2048)
        for name in _AVERAGED:
            block = self.net.get_submodule(f"Mixed_{name}.branch_pool")
            block.register_forward_pre_hook(_leave_padding_out)

    def forward(self, images: Tensor) -> Tensor:
        """Features (N, 2048) of images (N, 3, H, W) in [-1, 1], brought to 299 px."""
        features: Tensor = self.net(F.interpolate(images, (_SIDE_PX, _SIDE_PX), mode="bilinear"))
        return features


class _LastBlock(InceptionE):  # type: ignore[misc]  # torchvision has no types
    """The last block takes the largest neighbour where torchvision's takes the mean."""

    def forward(self, x: Tensor) -> Tensor:
        pooled: Tensor = self.branch_pool(F.max_pool2d(x, 3, 1, 1))
        return torch.cat([super().forward(x)[:, : -pooled.shape[1]], pooled], dim=1)


def _leave_padding_out(_: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
    """A mean over nine cells, padding among them, to the mean over those that are there."""
    share = F.avg_pool2d(torch.ones_like(inputs[0][:1, :1]), 3, 1, 1)
    return (inputs[0] / share,)


def load_inception(path: Path, sha256: str) -> FidInception:
    """The trained network, for inference, from `pt_inception-2015-12-05-6726825d.pth`.

    Raises:
        ValueError: the file's hash is another, or it holds other weights.
    """
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise ValueError(f"{path}: expected sha256 {sha256} (evaluate.inception), found {found}")
    network = FidInception()
    try:
        network.net.load_state_dict(load_tensors(path))
    except RuntimeError as error:
        raise ValueError(f"{path}: expected the weights of FID's Inception: {error}") from error
    network.net.fc = nn.Identity()
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
