"""What is expected of a key, in plain words: read off the JSON schema of its model."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from facepencil.config.section import HUGE, Place

Schema = Mapping[str, Any]


def expected(schema: Schema, place: Place, got: object) -> str:
    """What a model wants at a place, such as `a whole number of at least 1`.

    Args:
        schema: JSON schema of the model.
        place: a key of the model, or an item in it.
        got: what stands there instead; a bound that nobody meets is told to whom it concerns.
    """
    return _words(_at(schema, place), schema, got)


def no_such_key(schema: Schema, place: Place) -> str:
    """That there is no such key; which one was meant, if any is near in spelling or elsewhere."""
    key = str(place[-1])
    known = list(_at(schema, place[:-1]).get("properties", {}))
    near = get_close_matches(key, known, 1)
    homes = [
        name for name in schema["properties"] if key in _at(schema, (name,)).get("properties", {})
    ]
    if near:
        return f"no such key; did you mean {near[0]}?"
    return f"no such key; it belongs to {homes[0]}" if homes else "no such key"


def is_choice(schema: Schema, place: Place) -> bool:
    """Whether a place takes values of several kinds, such as a number or a word."""
    return "anyOf" in _at(schema, place)


def _at(schema: Schema, place: Place) -> Schema:
    found = schema
    for part in place:
        if isinstance(part, int):
            found = found["items"]
        else:
            found = found.get("properties", {}).get(part) or found["additionalProperties"]
        if "$ref" in found:
            found = schema["$defs"][found["$ref"].rpartition("/")[2]]
    return found


def _words(schema: Schema, root: Schema, got: object) -> str:
    if "anyOf" in schema:
        return " or ".join(_words(one, root, got) for one in schema["anyOf"])
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    if "pattern" in schema:
        return f"text of the form {schema['pattern']}"
    kind = str(schema["type"])
    if kind == "array":
        return _list_words(schema, got)
    return _SINGLE.get(kind, "keys and their values") + _bounds(schema, got)


_SINGLE = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "string": "text",
    "null": "null",
}
_MANY = {"integer": "whole numbers", "number": "numbers", "string": "names"}


def _list_words(schema: Schema, got: object) -> str:
    items, least = schema["items"], schema.get("minItems", 0)
    if "enum" in items:
        return "a list out of " + ", ".join(map(str, items["enum"]))
    count = f"{least} " if least == schema.get("maxItems") else ""
    some = " with at least one entry" if least and not count else ""
    return f"a list of {count}{_MANY[items['type']]}{_bounds(items, got)}{some}"


def _bounds(schema: Schema, got: object) -> str:
    above, least = schema.get("exclusiveMinimum"), schema.get("minimum")
    below, most = schema.get("exclusiveMaximum"), schema.get("maximum")
    if most == HUGE and not (isinstance(got, int | float) and got > HUGE):
        most = None
    if least is not None and most is not None:
        return f" from {least} to {most}"
    bounds = {"above": above, "of at least": least, "below": below, "of at most": most}
    told = " and ".join(f"{word} {bound}" for word, bound in bounds.items() if bound is not None)
    return f" {told}" if told else ""
