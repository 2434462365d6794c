"""Records that one stage writes as a JSON file, and another reads and checks."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError


class Record(BaseModel):
    """Base: unknown keys are errors, values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def text(self) -> str:
        """The file's content: JSON, equal records, equal bytes."""
        return self.model_dump_json(indent=1, exclude_none=True) + "\n"


R = TypeVar("R", bound=Record)


def read_record(path: Path, kind: type[R], what: str) -> R:
    """Inverse of `Record.text`.

    Args:
        path: of the file.
        kind: of the record.
        what: the file should be, in words.

    Raises:
        ValueError: names the file and what is wrong in it.
    """
    try:
        return kind.model_validate_json(path.read_text())
    except ValidationError as error:
        raise ValueError(f"{path}: expected {what}: {error}") from error
