"""Features of the real test photos: computed once, compared with every painter's."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from facepencil.config.evaluate import EvaluateParams
from facepencil.data.testset import TestSet
from facepencil.evaluation.batches import batches, joined
from facepencil.evaluation.observers import REDRAWN
from facepencil.evaluation.painters import sample_ids
from facepencil.evaluation.scores import Judge
from facepencil.images import decode_png
from facepencil.sketch.thin import Lines, thin
from facepencil.store import write_bytes
from facepencil.tensors import photo_tensor

DIGEST = "photos_digest"

PAPER = 128
"""Grey from which a pixel of a sketch is paper."""


@torch.inference_mode()
def photo_features(
    tests: TestSet, judge: Judge, size: int, params: EvaluateParams
) -> dict[str, Tensor]:
    """What is seen of the test photos at `size` px: (N, ...) by network.

    The lines of a photo are those of its sketch as drawn at the lowest level, one pixel wide.
    """
    nothing = torch.zeros(params.batch, dtype=torch.bool)
    found = joined(
        judge.features(photo_tensor(tests.photos(ids, size)).to(judge.device), nothing[: len(ids)])
        for ids in batches(tests.ids, params.batch, "photos")
    )
    chosen = set(sample_ids(tests.ids, params.sketched))
    lines = [_lines(tests, name) for name in tests.ids if name in chosen]
    return found | {REDRAWN: torch.from_numpy(np.stack(lines))}


def _lines(tests: TestSet, name: str) -> Lines:
    return thin(decode_png(tests.sketch_png(min(tests.levels), name)) < PAPER)


def write_reference(path: Path, features: Mapping[str, Tensor], digest: str) -> None:
    """Write features and the digest of their photos, whole or not at all."""
    write_bytes(path, save(dict(features), {DIGEST: digest}))


def read_reference(path: Path, digest: str | None = None) -> dict[str, Tensor]:
    """Inverse of `write_reference`, of photos that have the `digest` where one is given.

    Raises:
        ValueError: no such file, or one of another test set; names the file.
    """
    try:
        with safe_open(path, "pt") as file:
            found = (file.metadata() or {}).get(DIGEST)
            features = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{path}: expected features of the test photos: {error}") from error
    if digest not in (None, found):
        raise ValueError(f"{path}: features of the photos {found}, expected those of {digest}")
    return features
