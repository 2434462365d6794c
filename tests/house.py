"""Reads the code as syntax trees and says where it breaks the rules of the house."""

import ast
import re
import statistics
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

GROUND = {
    "records",
    "store",
    "images",
    "colours",
    "tensors",
    "sheets",
    "seeds",
    "device",
    "exact",
    "gpus",
    "ranks",
    "numerics",
    "progress",
    "rejects",
}
STOREYS = [
    {"ground", "config"},
    {"pretrained", "networks", "strokes", "faces", "tracking"},
    {"sketch", "data"},
    {"training", "evaluation", "serving", "assets"},
    {"reporting"},
    {"cli", "pipeline"},
    {"workflow"},
]
"""Rooms from the ground up: a room imports from below it and from itself alone."""
HEIGHT = {room: height for height, storey in enumerate(STOREYS) for room in storey}
SHARED_BY_STAGES = {"layout", "reads", "code", "graph", "provenance", "holder", "launch", "watch"}
"""Modules of `pipeline/` that are no stages."""
KEEPERS = {
    "mlflow": {"tracking", "serving"},  # serving: the code by which MLflow loads a painter
    "requests": {"assets"},
    "snakemake": {"workflow"},
    "dvc": {"workflow"},
}
"""Packages that few rooms may know."""
OWN = {"facepencil", "pipeline", "workflow", "tests", "benchmarks"}


@dataclass(frozen=True)
class Module:
    """A source file, by its dotted name."""

    name: str
    tree: ast.Module

    @property
    def last(self) -> str:
        """The name without the rooms it stands in."""
        return self.name.rpartition(".")[2]

    @property
    def room(self) -> str:
        """The room it stands in; the name itself where it stands in none."""
        top, _, rest = self.name.partition(".")
        first = rest.partition(".")[0]
        if top != "facepencil":
            return top
        return "ground" if first in GROUND else first

    def imports(self) -> Iterator[str]:
        """Dotted names after `import` and `from`, inside functions too, members included."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def packages(self) -> set[str]:
        """Packages from elsewhere that it imports."""
        tops = {name.partition(".")[0] for name in self.imports()}
        return tops - OWN - sys.stdlib_module_names


def read_modules(root: Path, *folders: str) -> list[Module]:
    """Modules below folders of a repository, packages' own files apart."""
    paths = [p for folder in folders for p in sorted((root / folder).rglob("*.py"))]
    return [
        Module(".".join(path.relative_to(root).with_suffix("").parts).removeprefix("src."), tree)
        for path in paths
        for tree in [ast.parse(path.read_text())]
        if path.stem != "__init__"
    ]


def wrong_arrows(modules: Iterable[Module]) -> list[str]:
    """Imports that run up or sideways, and modules that stand in no room."""
    known = {module.name: module for module in modules}
    wrong = [f"{name} stands in no room" for name, one in known.items() if one.room not in HEIGHT]
    for module in known.values():
        for name in module.imports():
            found = known.get(name) or known.get(name.rpartition(".")[0])
            if found and module.room in HEIGHT and not _may_import(module, found):
                wrong.append(f"{module.name} imports {found.name}")
    return wrong


def _may_import(module: Module, other: Module) -> bool:
    if module.room == other.room:
        return module.room != "pipeline" or other.last in SHARED_BY_STAGES
    return HEIGHT.get(other.room, len(STOREYS)) < HEIGHT[module.room]


def strangers(modules: Iterable[Module]) -> list[str]:
    """Imports of a package that is another room's to know."""
    return [
        f"{module.name} imports {package}"
        for module in modules
        for package in sorted(module.packages())
        if module.room not in KEEPERS.get(package, {module.room})
    ]


def namesakes(modules: Iterable[Module], exempt: Iterable[str] = ()) -> list[str]:
    """Modules of one name, but for those whose name is given by a params section or a stage."""
    bearers = [(module.last, module.name) for module in modules if module.name not in set(exempt)]
    return _repeated(bearers)


def twice_defined(modules: Iterable[Module]) -> list[str]:
    """Public classes, type aliases and constants of one name."""
    return _repeated(
        (name, f"{module.name}.{name}")
        for module in modules
        for node in module.tree.body
        for name in _defined(node)
        if name[0].isupper()
    )


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _repeated(bearers: Iterable[tuple[str, str]]) -> list[str]:
    places = defaultdict(list)
    for name, place in bearers:
        places[name].append(place)
    return [" and ".join(found) for found in places.values() if len(found) > 1]


@dataclass(frozen=True)
class Dependencies:
    """What a project declares, and which import names each distribution brings."""

    run: set[str]
    dev: set[str]
    brings: Mapping[str, set[str]]

    def undeclared(self, modules: Iterable[Module], declared: set[str]) -> list[str]:
        """Imports of packages that no declared distribution brings."""
        known = {package for name in declared for package in self.brings.get(name, ())}
        return [
            f"{module.name} imports {package}"
            for module in modules
            for package in sorted(module.packages() - known)
        ]

    def unused(self, modules: Iterable[Module], declared: set[str], text: str = "") -> list[str]:
        """Declared distributions that no module imports and no command in `text` calls.

        Type stubs are used where the package that they describe is.
        """
        imported = {package for module in modules for package in module.packages()}
        return sorted(
            name
            for name in declared
            if not {one.removesuffix("-stubs") for one in self.brings.get(name, ())} & imported
            and not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)
        )


def read_dependencies(pyproject: Path, imports: Mapping[str, Iterable[str]]) -> Dependencies:
    """Dependencies of a pyproject.toml; `imports` has the distributions of every import name."""
    table = tomllib.loads(pyproject.read_text())["project"]
    brings = defaultdict(set)
    for package, names in imports.items():
        for name in names:
            brings[_plain(name)].add(package)
    run, dev = (
        {_plain(Requirement(line).name) for line in lines}
        for lines in (table["dependencies"], table["optional-dependencies"]["dev"])
    )
    for name in run | dev:
        # Python does not list the folders of stubs, which are named with a hyphen.
        if name.endswith("-stubs"):
            brings[name].add(name.removesuffix("-stubs"))
    return Dependencies(run, dev, brings)


def _plain(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


Definition = ast.FunctionDef | ast.AsyncFunctionDef


def functions(module: Module) -> list[Definition]:
    """Every function and method, nested ones too."""
    return [one for one in ast.walk(module.tree) if isinstance(one, Definition)]


def line_count(function: Definition) -> int:
    """Lines from `def` to the end, without the docstring."""
    first = function.body[0]
    documented = ast.get_docstring(function) is not None
    docstring = first.end_lineno - first.lineno + 1 if documented else 0
    return function.end_lineno - function.lineno + 1 - docstring


def misshapen(modules: Iterable[Module]) -> list[str]:
    """What is too long: a function, or functions on the whole."""
    lengths = {
        f"{module.name}.{one.name}:{one.lineno}": line_count(one)
        for module in modules
        for one in functions(module)
    }
    median = statistics.median(lengths.values())
    tenth = statistics.quantiles(lengths.values(), n=10)[-1]
    wrong = [f"{name} has {length} lines" for name, length in lengths.items() if length > 40]
    wrong += [f"the median of function lengths is {median}"] if median > 9 else []
    return wrong + ([f"one function in ten is over {tenth:g} lines"] if tenth > 18 else [])


def untold(modules: Iterable[Module]) -> list[str]:
    """Public functions, classes and methods without a docstring or with an untyped side."""
    return [
        f"{module.name}.{name}: {lack}"
        for module in modules
        for name, node in _public(module.tree.body, "")
        for lack in _lacks(node)
    ]


def _public(body: Iterable[ast.stmt], above: str) -> Iterator[tuple[str, ast.stmt]]:
    for node in body:
        if not isinstance(node, Definition | ast.ClassDef):
            continue
        dunder = node.name.startswith("__")
        if dunder or not node.name.startswith("_"):
            yield f"{above}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body, f"{node.name}.")


def _lacks(node: ast.stmt) -> Iterator[str]:
    if not ast.get_docstring(node) and node.name != "__init__":
        yield "no docstring"
    if isinstance(node, ast.ClassDef):
        return
    if node.returns is None:
        yield "no type of what it returns"
    every = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
    bare = [one.arg for one in every if one.annotation is None and one.arg not in ("self", "cls")]
    if bare:
        yield f"no type of {', '.join(bare)}"
