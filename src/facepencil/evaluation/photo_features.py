"""Features of the real test photos: computed once, compared with every painter's."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from facepencil.data.testset import TestSet
from facepencil.evaluation.batches import batches, joined
from facepencil.store import write_bytes
from facepencil.tensors import photo_tensor

DIGEST = "photos_digest"


@torch.inference_mode()
def photo_features(
    tests: TestSet, networks: Mapping[str, nn.Module], size: int, batch: int, device: torch.device
) -> dict[str, Tensor]:
    """Features (N, D) of the test photos at `size` px, by network.

    Args:
        tests: the photos.
        networks: those whose features are compared, on `device`.
        size: side of the painted faces, px.
        batch: photos a forward pass.
        device: of the networks.
    """
    return joined(
        {name: network(images).cpu() for name, network in networks.items()}
        for ids in batches(tests.ids, batch, "photos")
        for images in [photo_tensor(tests.photos(ids, size)).to(device)]
    )


def write_reference(path: Path, features: Mapping[str, Tensor], digest: str) -> None:
    """Write features and the digest of their photos, whole or not at all."""
    write_bytes(path, save(dict(features), {DIGEST: digest}))


def read_reference(path: Path, digest: str) -> dict[str, Tensor]:
    """Inverse of `write_reference`.

    Raises:
        ValueError: no such file, or one of another test set; names the file.
    """
    try:
        with safe_open(path, "pt") as file:
            found = (file.metadata() or {}).get(DIGEST)
            features = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{path}: expected features of the test photos: {error}") from error
    if found != digest:
        raise ValueError(f"{path}: features of the photos {found}, expected those of {digest}")
    return features
