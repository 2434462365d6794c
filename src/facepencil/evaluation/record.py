"""The file of an evaluation: written by one stage, read and checked by another."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from facepencil.config.evaluate import EvaluateParams
from facepencil.records import Record, read_record

LPIPS, FID = "LPIPS-Alex", "FID"
"""The metric that pairs are compared by, and the one that a table owes a reason for lacking."""


class Score(Record):
    """A metric at one level, with its interval.

    Attributes:
        value: on all photos.
        low: lower end of the interval.
        high: upper end of the interval.
        photos: where the score is a mean, the photos' own numbers, in the order of `ids`.
        draws: where it is one of whole sets, the score of each bootstrap resample; resamples are
            the same for all painters of one test set, so that two can be compared draw by draw.
    """

    value: float
    low: float
    high: float
    photos: list[float] | None = None
    draws: list[float] | None = None


class Measure(Record):
    """What a metric is, in words, and which way is better."""

    meaning: str
    better: Literal["low", "high"]


class Conditions(Record):
    """What the numbers depend on.

    Attributes:
        model_sha256: of the painter's file, where it is a model.
        photos_digest: of the test photos.
        sketches_digest: of the test sketches.
        drawing: the way in which they were drawn, where a variant has one of its own, or nothing.
        told: what the painter is told of each sketch, beside it: `level`, `palette`.
        size_px: side of the painted faces.
        device: `cpu` or `cuda`.
        processor: what computed, and by which kernels.
        versions: of the packages that float results depend on.
        evaluate: the params, precision and threads among them.
    """

    model_sha256: str | None = None
    photos_digest: str
    sketches_digest: str
    drawing: str
    told: list[str] = Field(default_factory=list)
    size_px: int
    device: str
    processor: str
    versions: dict[str, str]
    evaluate: EvaluateParams


class Changed(Record):
    """Scores on sketches changed as people draw: `levels` is {change: {metric: score}}.

    Attributes:
        ids: of the test photos whose sketches were changed, a part of all.
        levels: by the names of `strokes.pen.change_names`.
    """

    ids: list[str] = Field(default_factory=list)
    levels: dict[str, dict[str, Score]] = Field(default_factory=dict)


class Evaluation(Record):
    """Scores of one painter: `levels` is {d: {metric: score}}, `photos` in the order of `ids`.

    Lines are compared in the faces of `sketched` alone: the metrics of lines have as many photos.
    """

    variant: str
    seed: int | None = None
    n: int
    metrics: dict[str, Measure]
    conditions: Conditions
    ids: list[str]
    sketched: list[str] = Field(default_factory=list)
    levels: dict[str, dict[str, Score]]
    changed: Changed = Field(default_factory=Changed)


class ReferenceRows(Record):
    """Scores of those who are no models, for tables to show beside them."""

    rows: list[Evaluation]


def read_evaluation(path: Path) -> Evaluation:
    """The file of an evaluation. Raises as `read_record`."""
    return read_record(path, Evaluation, "the file of an evaluation")


def read_reference_rows(path: Path) -> list[Evaluation]:
    """The rows of a file of `ReferenceRows`. Raises as `read_record`."""
    return read_record(path, ReferenceRows, "a file of reference rows").rows
