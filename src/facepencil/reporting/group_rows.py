"""Scores by group of photos: for whom does a painter do worse?"""

from collections.abc import Sequence

import numpy as np

from facepencil.evaluation.bootstrap import mean, resample
from facepencil.evaluation.groups_record import Groups
from facepencil.evaluation.record import LPIPS, Evaluation, Score
from facepencil.reporting.results import Variants
from facepencil.reporting.rows import Row, reference_rows, score_rows
from facepencil.seeds import rng_of

GROUP_METRICS = (LPIPS, "identity", "face-presence")
"""Metrics that are means over photos, so that a group has a score of its own."""
LEAST_PHOTOS = 20
"""Smaller groups are left out: their intervals would say nothing."""
GROUP_NOTE = (
    "Means over the photos of a group, their number in brackets. skin: by the individual typology "
    "angle of its median colour in the photo (light over 41 degrees, intermediate over 28, tan "
    "over 10), whatever the light was. pose: turned is more than 15 degrees to a side. Groups of "
    f"less than {LEAST_PHOTOS} photos are left out. Letters compare the models within a group."
)


def group_rows(
    variants: Variants, references: Sequence[Evaluation], groups: Groups, level: str
) -> list[Row]:
    """Rows whose level is the name of a group, metrics in their order, then variants.

    Args:
        variants: evaluations of every seed.
        references: of those who are no models, whose rows come last.
        groups: ids of test photos by attribute and group.
        level: d of the sketches.
    """
    rows = [
        row
        for attribute, parts in groups.items()
        for group, ids in parts.items()
        if len(ids) >= LEAST_PHOTOS
        for row in _rows_on(variants, references, ids, level, f"{attribute}: {group} ({len(ids)})")
    ]
    metrics, names = list(GROUP_METRICS), [*variants, *(one.variant for one in references)]
    return sorted(rows, key=lambda row: (metrics.index(row.metric), names.index(row.variant)))


def _rows_on(
    variants: Variants, references: Sequence[Evaluation], ids: Sequence[str], level: str, name: str
) -> list[Row]:
    """Rows of all, scored at one level on some photos alone; that level is called `name`."""
    some = {
        variant: [_only(one, ids, level, name) for one in seeds]
        for variant, seeds in variants.items()
    }
    others = [_only(one, ids, level, name) for one in references]
    return [*score_rows(some), *reference_rows(others)]


def _only(one: Evaluation, ids: Sequence[str], level: str, name: str) -> Evaluation:
    wanted = set(ids)
    places = [place for place, each in enumerate(one.ids) if each in wanted]
    metrics = {metric: one.metrics[metric] for metric in GROUP_METRICS if metric in one.metrics}
    scores = {metric: _part(one, one.levels[level][metric], places) for metric in metrics}
    change = {"levels": {name: scores}, "metrics": metrics, "ids": list(ids), "n": len(places)}
    return one.model_copy(update=change)


def _part(one: Evaluation, score: Score, places: Sequence[int]) -> Score:
    assert score.photos is not None
    values, how = np.array(score.photos)[places], one.conditions.evaluate
    counts = resample(len(values), how.bootstrap, rng_of("evaluate", "bootstrap"))
    found = mean(values, counts, how.confidence)
    return Score(value=found.value, low=found.low, high=found.high, photos=values.tolist())
