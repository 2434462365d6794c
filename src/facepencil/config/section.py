"""What all sections of the params are made of."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

HUGE = 10**9
"""No count of a run is larger; a bound that guards against slips of the keyboard alone."""

CONTRADICTION = "contradiction"
"""Type of pydantic errors about values that are good alone and not together."""

VARIED = ("sketch", "vectorize", "deform", "classifier", "model", "train")
"""Sections that a variant may override."""

Fraction = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(ge=1, le=HUGE)]
Natural = Annotated[int, Field(ge=0, le=HUGE)]
NonNegative = Annotated[float, Field(ge=0, le=HUGE)]
Rate = Annotated[float, Field(gt=0, le=1)]
"""Step size of an optimizer."""
Pixels = Annotated[int, Field(ge=1, le=4096)]
"""Side of a square image."""
CanvasPixels = Annotated[float, Field(ge=0, le=512)]
"""A deformation d, px on the 512 px canvas."""
Degrees = Annotated[float, Field(ge=0, le=180)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
Threads = Annotated[int, Field(ge=1, le=1024)]
Precision = Annotated[
    Literal["float32", "bfloat16", "portable"],
    Field(description="float32, bfloat16 (if native) or portable: equal bytes, and slower"),
]
"""Of the arithmetic. float32: with whatever kernels the processor or CUDA has. bfloat16: where the
hardware multiplies in it, and an error elsewhere. portable: float32 on the CPU with kernels capped
to AVX2, which gives equal bytes on every x86-64 processor that has it."""
TrainPrecision = Annotated[
    Literal["float32", "bfloat16", "float16", "portable"],
    Field(description="float32, bfloat16 (if native), float16 (GPU) or portable: equal bytes"),
]
"""Of a training. float16: with scaled losses, for GPUs that do not multiply in bfloat16."""


Place = tuple[str | int, ...]
"""Where a value stands, such as ("deform", "levels", 2)."""


class ConfigError(ValueError):
    """Unusable params; the message names the file, the line, the key and what was expected."""


def _all_required(schema: dict[str, Any]) -> None:
    """Params files are whole, though every key has a default."""
    schema["required"] = list(schema["properties"])


class Section(BaseModel):
    """Base of all sections: unknown keys and wrong types are errors, values are immutable."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        json_schema_extra=_all_required,
    )


class Part(Section):
    """Base of parts: a few keys of a section, for what needs no others; sections derive from it."""


def contradiction(
    place: Place, got: object, expected: str, absolute: Place = ()
) -> InitErrorDetails:
    """An error about a value that is good alone.

    Args:
        place: below the field or section being validated.
        got: the value.
        expected: in plain words.
        absolute: the place from the top of the params, where it is not below that field.
    """
    context = {"expected": expected, "absolute": absolute}
    error = PydanticCustomError(CONTRADICTION, "expected {expected}", context)
    return InitErrorDetails(type=error, loc=place, input=got)


def again(error: ErrorDetails, place: Place = ()) -> InitErrorDetails:
    """The same error, to be raised once more below `place`."""
    below, got, context = (*place, *error["loc"]), error["input"], error.get("ctx", {})
    if error["type"] == CONTRADICTION:
        return contradiction(below, got, **context)
    return InitErrorDetails(type=error["type"], loc=below, input=got, ctx=context)


def refuse(errors: Iterable[InitErrorDetails]) -> None:
    """Raise all errors in one, if there are any: to be called by validators.

    Raises:
        ValidationError: with one entry for each of `errors`.
    """
    found = list(errors)
    if found:
        raise ValidationError.from_exception_data("params", found)


def repeated(values: list[Any]) -> list[InitErrorDetails]:
    """A contradiction for each entry of a list that stands there already."""
    places = [place for place, value in enumerate(values) if value in values[:place]]
    return [contradiction((place,), values[place], "each only once") for place in places]
