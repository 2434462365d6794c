"""The file of what a model makes of drawings: written by one stage, read by another."""

from pathlib import Path

from pydantic import Field

from facepencil.records import Record, read_record


class DrawnScores(Record):
    """Scores of the drawings of one model at one share of refining.

    Attributes:
        presence: of each drawing, whether a face is seen in what was painted: 1 or 0.
        chamfer: of each drawing, px of 256, how far the lines of the painted face, sketched again,
            lie from those that were painted, both ways.
        kid: by group of at least two, squared MMD of its faces from the test photos.
        apart: by group of at least two, share of pairs of its drawings whose faces are two
            people's.
    """

    presence: list[float]
    chamfer: list[float]
    kid: dict[str, float]
    apart: dict[str, float]


class Drawn(Record):
    """What a model makes of drawings: `shares` is {refine: scores}, in the order of `ids`.

    Attributes:
        variant: name of the model.
        seed: of its training.
        model_sha256: of its file.
        ids: of the drawings.
        groups: of each; a part of the set that is looked at last is a group of its own.
        shares: by how far the drawings were refined.
    """

    variant: str
    seed: int
    model_sha256: str
    ids: list[str]
    groups: list[str]
    shares: dict[str, DrawnScores] = Field(default_factory=dict)


def read_drawn(path: Path) -> Drawn:
    """The file of `Drawn`. Raises as `read_record`."""
    return read_record(path, Drawn, "scores of painted drawings")
