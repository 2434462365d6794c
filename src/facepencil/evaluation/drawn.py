"""How well the faces painted from drawings do, for which there are no photos to compare with."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from facepencil.evaluation.distances import unpaired_kid
from facepencil.evaluation.drawn_record import DrawnScores
from facepencil.evaluation.lines import chamfer
from facepencil.evaluation.observers import EFFICIENTNET, IDENTITY, PRESENCE, REDRAWN
from facepencil.evaluation.scores import Judge
from facepencil.images import Image
from facepencil.tensors import photo_tensor

OTHER_PERSON = 0.6
"""Distance of dlib's descriptors beyond which two faces are two people."""
_DECIMALS = 6


@torch.inference_mode()
def score_drawn(
    judge: Judge,
    faces: Image,
    lines: Tensor,
    groups: Sequence[str],
    real: Mapping[str, Tensor],
) -> DrawnScores:
    """Scores of painted drawings.

    Args:
        judge: the metrics.
        faces: (N, S, S, 3) painted.
        lines: (N, L, L) bool, those that they were painted from.
        groups: of each drawing.
        real: what was seen of the test photos, by network.
    """
    found = _seen(judge, faces)
    members = {
        group: [place for place, one in enumerate(groups) if one == group] for group in groups
    }
    photos = real[EFFICIENTNET]
    return DrawnScores(
        presence=found[PRESENCE][:, 0].tolist(),
        chamfer=[round(value, _DECIMALS) for value in chamfer(lines, found[REDRAWN]).tolist()],
        kid={
            group: round(unpaired_kid(photos, found[EFFICIENTNET][some]), _DECIMALS)
            for group, some in members.items()
            if len(some) > 1
        },
        apart={
            group: _apart(found[IDENTITY][some]) for group, some in members.items() if len(some) > 1
        },
    )


def _seen(judge: Judge, faces: Image) -> dict[str, Tensor]:
    """A face at a time: so many are no burden, and none depends on its neighbours."""
    sketched = torch.ones(1, dtype=torch.bool)
    each = [judge.features(photo_tensor(face[None]).to(judge.device), sketched) for face in faces]
    return {name: torch.cat([one[name] for one in each]) for name in each[0]}


def _apart(descriptors: Tensor) -> float:
    distances = torch.pdist(descriptors.double())
    return round((distances > OTHER_PERSON).double().mean().item(), _DECIMALS)
