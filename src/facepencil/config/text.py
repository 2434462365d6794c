"""The params as files: commented YAML, and the JSON schema that editors check them against."""

import json

import yaml
from pydantic.fields import FieldInfo

from facepencil.config.params import Params
from facepencil.config.section import VARIED, Section
from facepencil.config.variants import Variant

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def commented_yaml(params: Params) -> str:
    """All keys with their values, each beside its description; `load_params` reads it back."""
    parts = [_entry(name, getattr(params, name), field) for name, field in _fields(params)]
    return "# Every knob of a run; explained by `facepencil config refresh`.\n" + "".join(parts)


def schema_json() -> str:
    """JSON schema of a params file."""
    schema = {"$schema": DIALECT, **Params.model_json_schema()}
    return json.dumps(schema, indent=1) + "\n"


def variant_yaml(params: Params, name: str, against: str | None = None) -> str:
    """What a variant resolves to, with the values of another where they differ.

    Args:
        params: the bare params.
        name: of the variant.
        against: of another variant; without it, the bare params are compared.

    Raises:
        ConfigError: no variant of that name.
    """
    chosen, other = params.of_variant(name), params.of_variant(against) if against else params
    differing = [
        f"#   {part}.{key}: {_flow(value)} instead of {_flow(before)}\n"
        for part in VARIED
        for (key, value), (_, before) in zip(
            getattr(chosen, part), getattr(other, part), strict=True
        )
        if value != before
    ]
    count = f"{len(differing)} key{'s' * (len(differing) != 1)}"
    head = f"# {name} differs from {against or 'the bare params'} in {count}\n"
    return (
        head + "".join(differing) + "".join(_plain(part, getattr(chosen, part)) for part in VARIED)
    )


def _plain(name: str, section: Section) -> str:
    return f"\n{name}:\n" + "".join(f"  {key}: {_flow(value)}\n" for key, value in section)


def _fields(section: Section) -> list[tuple[str, FieldInfo]]:
    return list(type(section).model_fields.items())


def _entry(name: str, value: object, field: FieldInfo) -> str:
    if isinstance(value, Section):
        lines = "".join(f"  {_line(key, getattr(value, key), one)}" for key, one in _fields(value))
        return f"\n# {(type(value).__doc__ or '').splitlines()[0]}\n{name}:\n{lines}"
    if isinstance(value, dict):
        rows = "".join(f"  {key}: {_flow(_said(one))}\n" for key, one in value.items())
        return f"\n# {field.description}\n{name}:\n{rows}"
    return _line(name, value, field)


def _line(key: str, value: object, field: FieldInfo) -> str:
    return f"{key}: {_flow(value)}  # {field.description}\n"


def _flow(value: object) -> str:
    whole = _whole(value)
    text = yaml.safe_dump(whole, default_flow_style=True, sort_keys=False, width=1 << 20)
    return text.removesuffix("...\n").strip()


def _said(value: object) -> object:
    """Of a variant, what it overrides, and its note if it has one."""
    if isinstance(value, Variant):
        return {name: laid for name, laid in value.model_dump().items() if laid}
    return value


def _whole(value: object) -> object:
    """11.0 as 11, at any depth: one text for a value, whether it came from YAML or a default."""
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {key: _whole(one) for key, one in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value
