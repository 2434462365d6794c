"""Reads params files: what a stage wants of one, or all of it; alike for both engines.

Knows no section, so that a stage's code does not change with the sections it does not read.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from facepencil.config.expected import Schema, expected, is_choice, no_such_key
from facepencil.config.mistakes import Mistake, given, report
from facepencil.config.section import CONTRADICTION, VARIED, ConfigError, Part, Place, Section
from facepencil.config.source import Source, load

S = TypeVar("S", bound=Section)


def read(path: Path, wanted: type[S], variant: str | None = None) -> S:
    """Read of a params file what `wanted` names, and nothing else.

    Args:
        path: the params file.
        wanted: its fields are top-level keys; one whose type is a Section takes the keys that this
            class has.
        variant: its overrides of these sections are laid over them.

    Raises:
        ConfigError: names the file, the line, the key and what was expected there.
    """
    source = load(path)
    overrides = _overrides(source, variant) if variant is not None else {}
    values: dict[str, Any] = {}
    origins: dict[Place, Place] = {}
    for name, field in wanted.model_fields.items():
        if name not in source.values:
            continue
        values[name] = source.values[name]
        section = _section(field)
        if section and isinstance(values[name], dict):
            laid = overrides.get(name) or {}
            origins |= {(name, key): ("variants", str(variant), name, key) for key in laid}
            both = {**values[name], **laid}
            values[name] = {key: both[key] for key in section.model_fields if key in both}
    return checked(source, wanted, values, origins)


def declared(wanted: type[Section]) -> list[str]:
    """Dotted keys that `wanted` reads: `seed`, `sketch.size`, or a whole section as `train`."""
    keys: list[str] = []
    for name, field in wanted.model_fields.items():
        section = _section(field)
        part = section is not None and Part in section.__bases__
        keys += [f"{name}.{key}" for key in section.model_fields] if section and part else [name]
    return keys


def checked(
    source: Source,
    wanted: type[S],
    values: Mapping[str, Any],
    origins: Mapping[Place, Place] | None = None,
    whole: bool = True,
) -> S:
    """Validate values of a params file.

    Args:
        source: the file, for the lines.
        wanted: what the values must fit.
        values: by top-level key.
        origins: where in the file a value stands, if its place is another (an override).
        whole: every key of `wanted` must be there; else its default is taken.

    Raises:
        ConfigError: tells all mistakes, in twelve lines at most.
    """
    schema = wanted.model_json_schema()
    mistakes = list(source.mistakes)
    if whole:
        mistakes += _missing(source, wanted, values, schema)
    try:
        read = wanted.model_validate(values)
    except ValidationError as error:
        found = [one for one in error.errors() if one["type"] != "missing"]
        told = (_mistake(one, source, values, schema, origins or {}) for one in found)
        mistakes += dict.fromkeys(told)
    if mistakes:
        raise ConfigError(report(source.path, mistakes))
    return read


def _overrides(source: Source, variant: str) -> dict[str, dict[str, Any]]:
    known = source.values.get("variants")
    if not isinstance(known, dict) or variant not in known:
        names = ", ".join(known) if isinstance(known, dict) else "none"
        raise ConfigError(f"{source.path}: no variant {variant!r}; those there are: {names}")
    chosen = known[variant] or {}
    if not isinstance(chosen, dict):
        return {}
    return {name: chosen[name] for name in VARIED if isinstance(chosen.get(name), dict)}


def _section(field: FieldInfo) -> type[Section] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, Section) else None


def _missing(
    source: Source, wanted: type[BaseModel], values: Mapping[str, Any], schema: Schema
) -> Iterator[Mistake]:
    for name, field in wanted.model_fields.items():
        section = _section(field)
        if name not in values:
            yield _absent((name,), source, schema)
        elif section and isinstance(values[name], dict):
            absent = [key for key in section.model_fields if key not in values[name]]
            yield from (_absent((name, key), source, schema) for key in absent)


def _absent(place: Place, source: Source, schema: Schema) -> Mistake:
    text = f"missing, expected {expected(schema, place, None)}"
    return Mistake(place, source.line(place), text, missing=True)


def _mistake(
    error: ErrorDetails,
    source: Source,
    values: Mapping[str, Any],
    schema: Schema,
    origins: Mapping[Place, Place],
) -> Mistake:
    place = error.get("ctx", {}).get("absolute") or _without_marks(error["loc"], schema)
    shown = (*origins.get(place[:2], place[:2]), *place[2:])
    got = _standing(values, place, error["input"])
    if error["type"] == "extra_forbidden":
        text = no_such_key(schema, place)
    elif error["type"] == CONTRADICTION:
        text = f"got {given(got)}, {error['msg']}"
    else:
        text = f"got {given(got)}, expected {expected(schema, place, got)}"
    return Mistake(shown, source.line(shown), text)


def _without_marks(place: Place, schema: Schema) -> Place:
    """Pydantic adds `[key]` for the name of an entry itself, and the kind of value it tried."""
    parts = tuple(part for part in place if part != "[key]")
    return parts[:-1] if len(parts) > 1 and is_choice(schema, parts[:-1]) else parts


def _standing(values: Mapping[str, Any], place: Place, otherwise: object) -> object:
    """The value as the file has it, or `otherwise` where it has none."""
    found: Any = values
    try:
        for part in place:
            found = found[part]
    except (KeyError, IndexError, TypeError):
        return otherwise
    return found
