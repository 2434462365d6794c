"""A table of what models make of drawings: a line a model, group and share of refining."""

from collections.abc import Mapping, Sequence
from math import nan

import numpy as np
import pandas as pd

from facepencil.evaluation.drawn_record import Drawn

DRAWN_NOTE = (
    "Faces painted from drawings, means over training seeds. face: share of drawings in whose face "
    "YuNet and the face mesh both see one. Chamfer: mean distance, px of 256, of the painted "
    "face's lines from those that were painted, both ways. KID: unbiased squared MMD of the faces "
    "from the test photos, on features of EfficientNet-Lite0. apart: share of pairs of drawings "
    "whose faces dlib's network takes for two people. refine: 0 is what was drawn."
)


def drawn_frame(models: Mapping[str, Sequence[Drawn]]) -> pd.DataFrame:
    """The long form: variant, group, refine, drawings, face, Chamfer, KID, apart, seeds.

    `models` has all seeds of each variant, of the same drawings.
    """
    rows = [
        {"variant": name, "group": group, "refine": share, **_scores(seeds, group, share)}
        for name, seeds in models.items()
        for group in dict.fromkeys(seeds[0].groups)
        for share in seeds[0].shares
    ]
    return pd.DataFrame(rows)


def drawn_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """The same as texts for readers."""
    shown = frame.drop(columns="seeds")
    shown["face"] = frame["face"].map("{:.0%}".format)
    shown["apart"] = frame["apart"].map("{:.0%}".format)
    shown["Chamfer"] = frame["Chamfer"].map("{:.1f}".format)
    shown["KID"] = frame["KID"].map("{:.3f}".format)
    # A group of one drawing has no pairs.
    return shown.astype(str).replace({"nan": "-", "nan%": "-"})


def _scores(seeds: Sequence[Drawn], group: str, share: str) -> dict[str, float]:
    places = [place for place, one in enumerate(seeds[0].groups) if one == group]
    found = [one.shares[share] for one in seeds]
    return {
        "drawings": len(places),
        "face": _mean([[one.presence[place] for place in places] for one in found]),
        "Chamfer": _mean([[one.chamfer[place] for place in places] for one in found]),
        "KID": _mean([one.kid.get(group, nan) for one in found]),
        "apart": _mean([one.apart.get(group, nan) for one in found]),
        "seeds": len(seeds),
    }


def _mean(values: Sequence[object]) -> float:
    return round(float(np.mean(np.array(values, np.float64))), 6)
