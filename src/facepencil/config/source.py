"""A params file as it stands: values, the line of each, and what is wrong with its form."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from facepencil.config.mistakes import Mistake, given, report
from facepencil.config.section import ConfigError, Place

DEEPEST = 6
"""Keys of params are at most so deep; deeper nesting (an alias of itself, say) is not followed."""


@dataclass(frozen=True)
class Source:
    """Values of a file and where they stand.

    Attributes:
        path: of the file.
        values: of its top-level keys.
        lines: counted from 1, by place.
        mistakes: of form, such as a key that stands there twice.
    """

    path: Path
    values: dict[str, Any]
    lines: dict[Place, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """Line of a place, or of the nearest one above it."""
        return self.lines.get(place) or (self.line(place[:-1]) if place else 1)


class _Loader(yaml.SafeLoader):
    """Dates are text, and 2e-4 is the number that YAML 1.2 and DVC see in it."""


_TAG = "tag:yaml.org,2002:"
_KEYS = (f"{_TAG}str", f"{_TAG}merge")


def _int(loader: _Loader, node: yaml.ScalarNode) -> int:
    try:
        return loader.construct_yaml_int(node)
    except ValueError as error:
        mark = node.start_mark
        raise yaml.constructor.ConstructorError(problem="no number", problem_mark=mark) from error


_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if tag != f"{_TAG}timestamp"]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_FLOAT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+$")
_Loader.add_implicit_resolver(f"{_TAG}float", _FLOAT, list("-+0123456789"))
_Loader.add_constructor(f"{_TAG}int", _int)


def load(path: Path) -> Source:
    """Read a params file.

    Raises:
        ConfigError: no such file, no YAML, or no mapping.
    """
    text = _text(path)
    try:
        return _parse(path, text)
    except yaml.MarkedYAMLError as error:
        raise ConfigError(report(path, [_syntax(error)])) from error
    except RecursionError as error:
        raise ConfigError(f"{path}: not YAML: nested too deeply") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML: {str(error).splitlines()[0]}") from error


def _parse(path: Path, text: str) -> Source:
    loader = _Loader(text)
    root = loader.get_single_node()
    if root is None:
        return Source(path, {})
    lines: dict[Place, int] = {}
    mistakes = list(_walk(root, (), lines))
    values = loader.construct_document(root)
    if not isinstance(values, dict):
        wrong = Mistake((), 1, f"got {given(values)}, expected sections and their keys")
        raise ConfigError(report(path, [wrong]))
    return Source(path, values, lines, mistakes)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such params file") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not a text file in UTF-8") from error


def _syntax(error: yaml.MarkedYAMLError) -> Mistake:
    mark = error.problem_mark or error.context_mark
    said = ", ".join(part for part in (error.context, error.problem) if part)
    return Mistake((), mark.line + 1 if mark else 1, f"not YAML: {said}")


def _walk(node: yaml.Node, place: Place, lines: dict[Place, int]) -> Iterator[Mistake]:
    """Note the line of every value below `node`; take out keys that cannot be used, and tell."""
    lines.setdefault(place, node.start_mark.line + 1)
    if len(place) >= DEEPEST:
        return
    if isinstance(node, yaml.SequenceNode):
        for number, one in enumerate(node.value):
            yield from _walk(one, (*place, number), lines)
    if isinstance(node, yaml.MappingNode):
        entries, node.value = node.value, []
        for key, value in entries:
            mistake = _unusable(key, place, lines)
            if mistake:
                yield mistake
                continue
            node.value.append((key, value))
            lines[*place, key.value] = key.start_mark.line + 1
            yield from _walk(value, (*place, key.value), lines)


def _unusable(key: yaml.Node, place: Place, lines: dict[Place, int]) -> Mistake | None:
    line = key.start_mark.line + 1
    if key.tag not in _KEYS:
        shown = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
        return Mistake((*place, shown), line, "a key must be text: write it in quotes")
    here: Place = (*place, key.value)
    if here in lines:
        return Mistake(here, line, f"stands there twice, first on line {lines[here]}")
    return None
