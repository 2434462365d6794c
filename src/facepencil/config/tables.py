"""Tables of the params: which variants stand in each, row by row."""

import re
from typing import Annotated

from pydantic import AfterValidator

from facepencil.config.section import contradiction, refuse, repeated

_STAGES = (
    *("weights", "list", "download", "crop", "palette", "sketch", "vectorize", "deform"),
    *("dataset", "preview", "classifier", "finder", "exemplars", "train"),
    *("reference", "evaluate", "report"),
)
RESERVED = frozenset({"all", "plan", *_STAGES})
"""Names of stages and of the engines' own targets: a table is asked for by its name as well."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def _may_be_a_target(name: str) -> str:
    if not _NAME.fullmatch(name) or name in RESERVED:
        rule = "small letters, digits and `_`, a letter first, 40 at most, and no stage's name"
        refuse([contradiction((), name, rule)])
    return name


def _each_once(rows: list[str]) -> list[str]:
    refuse(repeated(rows))
    return rows


TableName = Annotated[str, AfterValidator(_may_be_a_target)]
"""What both engines are asked for: `snakemake ablation`, `dvc repro ablation`."""

Rows = Annotated[list[str], AfterValidator(_each_once)]
"""Names of variants; the first is the one that the others are compared with."""
