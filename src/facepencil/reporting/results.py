"""Evaluations, read together: seeds by variant, and only what can be compared."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from facepencil.evaluation.record import Evaluation

Variants = Mapping[str, Sequence[Evaluation]]
"""Evaluations of every seed, by variant."""

_LONG = ("photos", "meaning of metrics")


def group_seeds(evaluations: Mapping[str, Evaluation]) -> dict[str, list[Evaluation]]:
    """Evaluations by variant, in the given order.

    Args:
        evaluations: by the name of their file.

    Raises:
        ValueError: test photos, levels, metrics, size or params differ, or the sketches of two that
            were drawn in the same way, so that they cannot be compared; names the files and what
            differs.
    """
    first = next(iter(evaluations))
    alike: dict[str, str] = {}
    for name, one in evaluations.items():
        other = alike.setdefault(one.conditions.drawing, name)
        apart = _differences(_measured(evaluations[first]), _measured(one))
        if one.conditions.sketches_digest != evaluations[other].conditions.sketches_digest:
            first, apart = other, [*apart, "test sketches"]
        if apart:
            raise ValueError(
                f"{first} and {name} cannot be compared, they differ in {'; '.join(apart)}: "
                "evaluate both again"
            )
    groups = groupby(evaluations.values(), lambda one: one.variant)
    return {name: list(group) for name, group in groups}


def _measured(one: Evaluation) -> dict[str, object]:
    """What must be equal where scores are compared, by name."""
    conditions = one.conditions.model_dump(include={"photos_digest", "size_px", "evaluate"})
    evaluate = {f"evaluate.{key}": value for key, value in conditions.pop("evaluate").items()}
    measured = {"photos": one.ids, "levels": list(one.levels), "metrics": list(one.metrics)}
    measured["changes"] = list(one.changed.levels)
    return {**measured, "meaning of metrics": one.metrics, **conditions, **evaluate}


def _differences(one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    return [
        name if name in _LONG else f"{name} ({value} and {other[name]})"
        for name, value in one.items()
        if value != other[name]
    ]
