import ast
import json
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from pipeline.code import NAMED_OTHERWISE, NOT_COUNTED, ROOTS, closure, code_digest, packages

ROOT = Path(__file__).parents[2]
TREE = {
    "pipeline/__init__.py": "",
    "pipeline/layout.py": "",
    "pipeline/paint.py": "import facepencil.deep.leaf as leaf\nfrom pipeline import layout\n",
    "pipeline/other.py": "from facepencil import unused",
    "src/facepencil/__init__.py": "",
    "src/facepencil/deep/__init__.py": "from facepencil.named import thing",
    "src/facepencil/deep/leaf.py": "def lazy():\n    from facepencil import hidden\n",
    "src/facepencil/named.py": "from facepencil.deep import leaf\nthing = 1",
    "src/facepencil/hidden.py": "import numpy",
    "src/facepencil/unused.py": "",
    "requirements.lock": "numpy==2.0 \\\n",
}
NOT_CODE = {"requirements.lock", "pipeline/layout.py"}


@pytest.fixture
def tree(tmp_path) -> Path:
    for name, text in TREE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def names(tree: Path, stage: str) -> set[str]:
    return {str(path.relative_to(tree)) for path in closure(stage, tree)}


def test_closure_follows_packages_circles_and_imports_inside_functions(tree):
    assert names(tree, "paint") == set(TREE) - NOT_CODE - {
        "pipeline/other.py",
        "src/facepencil/unused.py",
    }


def test_closure_of_another_stage_is_its_own(tree):
    assert names(tree, "other") == {
        "pipeline/__init__.py",
        "pipeline/other.py",
        "src/facepencil/__init__.py",
        "src/facepencil/unused.py",
    }


def test_closure_is_sorted(tree):
    found = closure("paint", tree)
    assert found == sorted(found)


def test_a_stage_that_is_not_there_is_an_error(tree):
    with pytest.raises(FileNotFoundError, match="no stage draw"):
        closure("draw", tree)


EDITS = {
    "a comment": ("def f(x):\n    return x\n", "# why\ndef f(x):\n    return x  # so\n", False),
    "a docstring": (
        "def f(x):\n    return x\n",
        'def f(x):\n    """As it is."""\n    return x\n',
        False,
    ),
    "layout": ("x = [1, 2]\n", "x = [\n    1,\n    2,\n]\n", False),
    "the note below a constant": ('X = 1\n"""One."""\n', 'X = 1\n"""The first."""\n', False),
    "a constant": ("x = 1\n", "x = 2\n", True),
    "a text that is used": ('x = "a"\n', 'x = "b"\n', True),
    "a default": ("def f(x=1):\n    return x\n", "def f(x=2):\n    return x\n", True),
    "an order of statements": ("a = 1\nb = 2\n", "b = 2\na = 1\n", True),
    "a decorator": ("def f():\n    pass\n", "@staticmethod\ndef f():\n    pass\n", True),
}


@pytest.mark.parametrize("edit", EDITS)
def test_the_digest_changes_with_the_meaning_alone(tree, edit):
    before, after, means = EDITS[edit]
    path = tree / "src/facepencil/hidden.py"
    path.write_text(before)
    digest, other = code_digest("paint", tree), code_digest("other", tree)
    path.write_text(after)
    assert (code_digest("paint", tree) != digest) == means
    assert code_digest("other", tree) == other


def test_the_digest_depends_on_the_name_of_a_module(tree):
    digest = code_digest("paint", tree)
    (tree / "src/facepencil/deep/leaf.py").write_text(
        "def lazy():\n    from facepencil import shown\n"
    )
    (tree / "src/facepencil/hidden.py").rename(tree / "src/facepencil/shown.py")
    assert code_digest("paint", tree) != digest


def test_versions_count_where_a_package_is_used_or_needed_through_one(tree):
    lock = tree / "requirements.lock"
    (tree / "src/facepencil/hidden.py").write_text("import skimage")
    lock.write_text("scikit-image==1.0 \\\nscipy==1.0 \\\nruff==1.0 \\\n")
    digests = {code_digest("paint", tree)}
    other = code_digest("other", tree)
    lock.write_text("scikit-image==1.0 \\\nscipy==1.0 \\\nruff==2.0 \\\n")
    assert {code_digest("paint", tree)} == digests
    for text in ("scikit-image==2.0 \\\nscipy==1.0 \\\n", "scikit-image==1.0 \\\nscipy==2.0 \\\n"):
        lock.write_text(text)
        digests.add(code_digest("paint", tree))
    assert len(digests) == 3
    assert code_digest("other", tree) == other


def test_what_only_watches_does_not_count(tree):
    (tree / "src/facepencil/progress.py").write_text("EVERY = 1")
    (tree / "src/facepencil/hidden.py").write_text("from facepencil import progress")
    digest = code_digest("paint", tree)
    (tree / "src/facepencil/progress.py").write_text("EVERY = 2")
    assert code_digest("paint", tree) == digest


def test_every_module_that_does_not_count_is_there():
    for name in NOT_COUNTED:
        top = "src" if name.startswith("facepencil") else "."
        path = ROOT / top / name.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), name


def test_sections_of_the_params_hold_values_alone():
    """Their code does not count, so nothing but checks may be in it."""
    for path in (ROOT / "src/facepencil/config").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and node.name.endswith(("Params", "Variant")):
                checks = [n for n in node.body if "validator" in str(decorators(n))]
                functions = [n for n in node.body if isinstance(n, ast.FunctionDef)]
                assert functions == checks or node.name == "Params", f"{path.name}: {node.name}"


def decorators(node: ast.stmt) -> list[str]:
    return [ast.unparse(one) for one in getattr(node, "decorator_list", [])]


@pytest.mark.parametrize(
    ("stage", "used", "unused"),
    [
        ("vectorize", {"numpy", "scipy", "opencv-python-headless"}, {"torch", "mlflow", "ruff"}),
        ("train", {"torch", "safetensors"}, {"mlflow", "matplotlib", "pandas", "ruff"}),
        ("report", {"matplotlib", "pandas"}, {"torch", "mlflow"}),
    ],
)
def test_packages_of_a_stage(stage, used, unused):
    found = packages(closure(stage, ROOT))
    assert used <= found
    assert not unused & found


def test_packages_go_by_the_names_that_are_imported():
    installed = packages_distributions()
    trees = [
        ast.parse(path.read_text()) for top in ("src", "pipeline") for path in python_files(top)
    ]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    named = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    for top in {name.split(".")[0] for name in named} & installed.keys() - ROOTS.keys():
        wanted = {canonicalize_name(name) for name in installed[top]}
        assert canonicalize_name(NAMED_OTHERWISE.get(top, top)) in wanted, top


def python_files(top: str) -> list[Path]:
    return list((ROOT / top).rglob("*.py"))


@pytest.mark.parametrize("stage", ["download", "vectorize"])
def test_closure_holds_all_that_python_really_imports(stage):
    code = (
        f"import json, sys, pipeline.{stage}\n"
        "own = ('facepencil', 'pipeline')\n"
        "print(json.dumps([name for name in sys.modules if name.split('.')[0] in own]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    really = set(json.loads(done.stdout))
    declared = {module_of(path.relative_to(ROOT)) for path in closure(stage, ROOT)}
    assert declared <= really
    assert {name for name in really - declared if not watches(name)} <= below_what_watches()


def module_of(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[parts[0] == "src" :]).removesuffix(".__init__")


def watches(name: str) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in NOT_COUNTED)


def below_what_watches() -> set[str]:
    """Modules that those which do not count import, directly or not."""
    code = f"import sys; [__import__(name) for name in {list(NOT_COUNTED)}]; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_no_import_is_relative():
    """The closure would not see it."""
    relative = [
        str(path)
        for folder in ("src", "pipeline")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []
