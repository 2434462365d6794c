import ast
import json
from pathlib import Path

import pytest

from pipeline.closure import closure, fingerprint
from tests.fixtures.commands import ROOT

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
}


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
    assert names(tree, "paint") == set(TREE) - {"pipeline/other.py", "src/facepencil/unused.py"}


def test_closure_of_another_stage_is_its_own(tree):
    assert names(tree, "other") == {
        "pipeline/__init__.py",
        "pipeline/other.py",
        "src/facepencil/__init__.py",
        "src/facepencil/unused.py",
    }


def test_closure_is_sorted_and_relative_to_its_root(tree, monkeypatch):
    monkeypatch.chdir(tree)
    found = closure("paint")
    assert found == sorted(found)
    assert not any(path.is_absolute() for path in found)


def test_fingerprint_sees_every_byte_and_every_text(tree):
    files = closure("paint", tree)
    before = fingerprint(files, "params")
    assert before == fingerprint(files, "params")
    assert before != fingerprint(files, "other params")
    assert before != fingerprint(files, "par", "ams")
    (tree / "src/facepencil/unused.py").write_text("x = 1")
    assert before == fingerprint(files, "params")
    (tree / "src/facepencil/hidden.py").write_text("import numpy as np")
    assert before != fingerprint(files, "params")


@pytest.mark.parametrize("stage", ["download", "vectorize"])
def test_closure_holds_all_that_python_really_imports(workplace, stage):
    code = (
        f"import json, sys, pipeline.{stage}\n"
        "print(json.dumps([m.__file__ for n, m in sys.modules.items()"
        " if n.partition('.')[0] in ('facepencil', 'pipeline')]))"
    )
    done = workplace.run("python", "-c", code)
    really = {Path(name).relative_to(ROOT) for name in json.loads(done.stdout)}
    declared = {path.relative_to(ROOT) for path in closure(stage, ROOT)}
    assert really == declared


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
