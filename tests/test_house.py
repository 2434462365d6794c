"""The code keeps to the rules of the house, and each rule notices who does not."""

import re
from importlib.metadata import distribution, packages_distributions

import pytest
import yaml

from pipeline.reads import READS
from tests.fixtures.commands import ROOT
from tests.house import (
    SHARED_BY_STAGES,
    misshapen,
    namesakes,
    read_dependencies,
    read_modules,
    strangers,
    twice_defined,
    untold,
    wrong_arrows,
)

CODE = read_modules(ROOT, "src", "pipeline")
SHIPPED = CODE + read_modules(ROOT, "workflow")
CHECKS = read_modules(ROOT, "tests", "benchmarks")
DEPENDENCIES = read_dependencies(ROOT / "pyproject.toml", packages_distributions())
COMMANDS = "\n".join(
    path.read_text()
    for pattern in (
        *("Makefile", ".pre-commit-config.yaml", ".github/workflows/*.yml", ".ci/*"),
        "profiles/*/config.yaml",
    )
    for path in sorted(ROOT.glob(pattern))
)


def test_there_is_code_to_read():
    assert {"facepencil.store", "facepencil.sketch.extract", "pipeline.train"} <= {
        module.name for module in CODE
    }


def test_no_import_runs_back():
    assert not SHARED_BY_STAGES & set(READS)
    assert wrong_arrows(SHIPPED) == []


def test_mlflow_network_and_engines_have_one_room_each():
    assert strangers(SHIPPED) == []


def test_no_two_modules_have_one_name():
    sections = yaml.safe_load((ROOT / "params.yaml").read_text())
    given = {f"facepencil.config.{name}" for name in sections}
    given |= {f"pipeline.{name}" for name in READS}
    assert namesakes(SHIPPED, given) == []


def test_no_two_classes_aliases_or_constants_have_one_name():
    assert twice_defined(CODE) == []


def test_every_dependency_is_used():
    assert DEPENDENCIES.unused(SHIPPED, DEPENDENCIES.run, COMMANDS) == []
    plugins = {name for name in DEPENDENCIES.dev if marks_of(name) & marks_used()}
    assert DEPENDENCIES.unused(SHIPPED + CHECKS, DEPENDENCIES.dev - plugins, COMMANDS) == []


def marks_of(name):
    """Names by which pytest knows the plugins of a distribution."""
    return {point.name for point in distribution(name).entry_points if point.group == "pytest11"}


def marks_used():
    texts = [path.read_text() for path in (ROOT / "tests").rglob("test_*.py")]
    return {name for text in texts for name in re.findall(r"pytest\.mark\.(\w+)", text)}


def test_every_import_is_declared():
    assert DEPENDENCIES.undeclared(SHIPPED, DEPENDENCIES.run) == []
    assert DEPENDENCIES.undeclared(CHECKS, DEPENDENCIES.run | DEPENDENCIES.dev) == []


def test_functions_are_short():
    assert misshapen(CODE) == []


def test_everything_public_is_typed_and_explained():
    assert untold(CODE) == []


@pytest.fixture
def house(tmp_path):
    """Makes a repository of the modules given by dotted name, and reads it."""

    def build(modules):
        for name, text in modules.items():
            folder = tmp_path / "src" if name.startswith("facepencil") else tmp_path
            path = (folder / name.replace(".", "/")).with_suffix(".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return read_modules(tmp_path, "src", "pipeline", "workflow")

    return build


@pytest.mark.parametrize(
    ("where", "line", "target"),
    [
        ("facepencil.store", "from facepencil.config import params", "facepencil.config.params"),
        ("facepencil.seeds", "import facepencil.strokes.pen", "facepencil.strokes.pen"),
        ("facepencil.config.params", "import facepencil.store", "facepencil.store"),
        (
            "facepencil.strokes.pen",
            "from facepencil.faces.align import cut",
            "facepencil.faces.align",
        ),
        ("facepencil.strokes.pen", "from facepencil.data import stream", "facepencil.data.stream"),
        (
            "facepencil.evaluation.scores",
            "def late():\n    from facepencil.training import ema",
            "facepencil.training.ema",
        ),
        ("facepencil.training.ema", "from pipeline.train import train", "pipeline.train"),
        ("facepencil.cli", "from pipeline import train", "pipeline.train"),
        ("pipeline.evaluate", "from pipeline.train import train", "pipeline.train"),
        ("pipeline.layout", "from pipeline import train", "pipeline.train"),
        ("pipeline.train", "import workflow.sync", "workflow.sync"),
    ],
)
def test_an_arrow_that_runs_back_is_seen(house, where, line, target):
    modules = house({target: "", where: line})
    assert wrong_arrows(modules) == [f"{where} imports {target}"]


@pytest.mark.parametrize(
    ("where", "line", "target"),
    [
        ("facepencil.store", "import facepencil.seeds", "facepencil.seeds"),
        (
            "facepencil.strokes.pen",
            "from facepencil.config import params",
            "facepencil.config.params",
        ),
        ("facepencil.training.ema", "from facepencil import store", "facepencil.store"),
        ("pipeline.train", "from pipeline import layout", "pipeline.layout"),
        ("pipeline.train", "from facepencil.training import ema", "facepencil.training.ema"),
        ("workflow.sync", "import pipeline.closure", "pipeline.closure"),
    ],
)
def test_an_arrow_that_runs_down_is_none_to_speak_of(house, where, line, target):
    assert wrong_arrows(house({target: "", where: line})) == []


def test_a_module_in_no_room_is_seen(house):
    assert wrong_arrows(house({"facepencil.utils": ""})) == ["facepencil.utils stands in no room"]


def test_a_package_in_a_strange_room_is_seen(house):
    modules = house(
        {
            "facepencil.training.loop": "def late():\n    import mlflow",
            "facepencil.tracking.server": "import mlflow.entities",
            "pipeline.train": "from dvc.repo import Repo",
        }
    )
    assert strangers(modules) == [
        "facepencil.training.loop imports mlflow",
        "pipeline.train imports dvc",
    ]


def test_two_modules_of_one_name_are_seen(house):
    names = ("facepencil.config.train", "facepencil.training.train", "pipeline.train")
    modules = house(dict.fromkeys(names, ""))
    assert namesakes(modules, {names[0], names[2]}) == []
    assert namesakes(modules, {names[2]}) == [f"{names[0]} and {names[1]}"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("class Photo: ...", "class Photo: ..."),
        ("Points = list[float]", "class Points: ..."),
        ("Points: TypeAlias = list[float]", "Points = tuple[float, float]"),
        ("SIZE_PX = 3", "SIZE_PX: int = 4"),
    ],
)
def test_two_definitions_of_one_name_are_seen(house, one, other):
    modules = house({"facepencil.faces.align": one, "facepencil.strokes.pen": other})
    name = one.split()[1 if one.startswith("class") else 0].rstrip(":")
    assert twice_defined(modules) == [
        f"facepencil.faces.align.{name} and facepencil.strokes.pen.{name}"
    ]


def test_private_names_and_functions_may_repeat(house):
    text = "_SIZE = 1\nclass _Box: ...\ndef main(): ...\napp = 3\n"
    assert twice_defined(house({"pipeline.crop": text, "pipeline.train": text})) == []


@pytest.fixture
def declared(tmp_path):
    """A project that declares four packages, the third and fourth for checks alone."""
    path = tmp_path / "pyproject.toml"
    path.write_text(
        '[project]\ndependencies = ["PyYAML>=6", "numpy==2"]\n'
        '[project.optional-dependencies]\ndev = ["types-PyYAML", "mypy"]\n'
    )
    imports = {"yaml": ["PyYAML"], "numpy": ["numpy"], "yaml-stubs": ["types-PyYAML"]}
    return read_dependencies(path, imports)


def test_a_dependency_that_nothing_imports_is_seen(house, declared):
    modules = house({"facepencil.store": "def late():\n    import yaml"})
    assert declared.unused(modules, declared.run) == ["numpy"]
    assert declared.unused(modules, declared.dev, "@mypy --strict") == []
    assert declared.unused([], declared.dev, "numpy-mypy") == ["mypy", "types-pyyaml"]


def test_an_import_that_is_not_declared_is_seen(house, declared):
    modules = house({"facepencil.store": "import os, yaml\nfrom scipy.ndimage import label"})
    assert declared.undeclared(modules, declared.run) == ["facepencil.store imports scipy"]


def test_long_functions_are_seen(house):
    def function(name, lines):
        return f"def {name}():\n    '''Of no length.\n\n    Itself.\n    '''\n" + "    x = 1\n" * (
            lines - 1
        )

    short = "".join(function(f"f{number}", 5) for number in range(30))
    assert misshapen(house({"pipeline.crop": short + function("g", 40)})) == []
    assert misshapen(house({"pipeline.crop": short + function("g", 41)})) == [
        "pipeline.crop.g:271 has 41 lines"
    ]
    most = short + "".join(function(f"g{number}", 19) for number in range(4))
    assert misshapen(house({"pipeline.crop": most})) == ["one function in ten is over 19 lines"]
    half = short + "".join(function(f"g{number}", 10) for number in range(31))
    assert misshapen(house({"pipeline.crop": half})) == ["the median of function lengths is 10"]


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("def f() -> int:\n    '''Says.'''", []),
        ("def f() -> int: ...", ["f: no docstring"]),
        ("def f():\n    '''Says.'''", ["f: no type of what it returns"]),
        ("def f(a, *, b: int, c=0) -> int:\n    '''Says.'''", ["f: no type of a, c"]),
        ("class A:\n    def f(self) -> int: ...", ["A: no docstring", "A.f: no docstring"]),
        (
            "class A:\n    '''Says.'''\n    def __init__(self, a) -> None: ...",
            ["A.__init__: no type of a"],
        ),
        ("def _f(): ...\nclass _A:\n    def f(self): ...", []),
    ],
)
def test_what_is_untyped_or_unexplained_is_seen(house, text, lacks):
    assert untold(house({"pipeline.crop": text})) == [f"pipeline.crop.{lack}" for lack in lacks]
