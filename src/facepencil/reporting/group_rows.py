"""Scores by group of photos: for whom does a painter do worse?"""

from collections.abc import Iterator, Sequence

import numpy as np

from facepencil.evaluation.groups_record import FRONTAL_DEGREES, SKIN, Groups
from facepencil.evaluation.record import LPIPS, Evaluation
from facepencil.reporting.results import Variants
from facepencil.reporting.rows import Row, reference_rows, score_rows
from facepencil.reporting.subsets import mean_score, only

GROUP_METRICS = (LPIPS, "identity", "face-presence")
"""Metrics that are means over photos, so that a group has a score of its own."""
LEAST_PHOTOS = 20
"""Smaller groups have no scores: their intervals would say nothing."""


def group_rows(
    variants: Variants, references: Sequence[Evaluation], groups: Groups, level: str
) -> list[Row]:
    """Rows whose level is the name of a group, metrics in their order, then variants.

    Args:
        variants: evaluations of every seed.
        references: of those who are no models, whose rows come last.
        groups: ids of test photos by attribute and group.
        level: d of the sketches.

    Raises:
        ValueError: a photo of a group was not evaluated.
    """
    rows = [
        row
        for title, ids in _titled(groups)
        if len(ids) >= LEAST_PHOTOS
        for row in _rows_on(variants, references, ids, level, title)
    ]
    metrics, names = list(GROUP_METRICS), [*variants, *(one.variant for one in references)]
    return sorted(rows, key=lambda row: (metrics.index(row.metric), names.index(row.variant)))


def group_note(groups: Groups) -> str:
    """How photos were grouped, which groups have no scores, and how letters are read."""
    skin = ", ".join(f"{name} over {degrees:g}" for name, degrees in [*SKIN.items()][:-1])
    small = [title for title, ids in _titled(groups) if 0 < len(ids) < LEAST_PHOTOS]
    left_out = f", here {', '.join(small)}" if small else ""
    return (
        "Means over the photos of a group, their number in brackets; intervals are in the CSV. "
        f"skin: by the individual typology angle, degrees, of its colour in the photo ({skin}), "
        f"whatever the light was; pose: turned is by more than {FRONTAL_DEGREES:g} degrees; "
        "unclear: the face mesh is unreliable. "
        f"Groups of less than {LEAST_PHOTOS} photos have no scores{left_out}. Letters compare "
        "the models within a group, with Holm's correction for their pairs; no group is compared "
        "with another, and with one seed nothing may be concluded about methods."
    )


def _titled(groups: Groups) -> Iterator[tuple[str, Sequence[str]]]:
    for attribute, parts in groups.items():
        for group, ids in parts.items():
            yield f"{attribute}: {group} ({len(ids)})", ids


def _rows_on(
    variants: Variants, references: Sequence[Evaluation], ids: Sequence[str], level: str, name: str
) -> list[Row]:
    """Rows of all, scored at one level on some photos alone; that level is called `name`."""
    some = {
        variant: [_part(one, ids, level, name) for one in seeds]
        for variant, seeds in variants.items()
    }
    others = [_part(one, ids, level, name) for one in references]
    return [*score_rows(some), *reference_rows(others)]


def _part(one: Evaluation, ids: Sequence[str], level: str, name: str) -> Evaluation:
    places = {photo: place for place, photo in enumerate(one.ids)}
    if unknown := sorted(set(ids) - places.keys()):
        raise ValueError(f"{one.variant}: {unknown[0]} of the group {name} was not evaluated")
    rows, how = [places[photo] for photo in ids], one.conditions.evaluate
    scores = {
        metric: mean_score(np.array(one.levels[level][metric].photos)[rows], how)
        for metric in GROUP_METRICS
        if metric in one.metrics
    }
    return only(one, {name: scores}, ids)
