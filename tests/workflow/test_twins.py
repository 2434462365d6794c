"""Laws 1 and 2: one graph in two engines, and stages that declare what they depend on."""

import ast
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from pipeline.closure import closure

from facepencil.config.params import Params

ROOT = Path(__file__).parent.parent.parent
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]


def graph(project: Any, engine: str) -> dict[str, dict[str, Any]]:
    script = str(ROOT / "tests/workflow/graphs.py")
    text = project.run(sys.executable, script, engine).stdout
    jobs = json.loads(text[text.index("[{") :])
    assert len({job["command"] for job in jobs}) == len(jobs)
    return {job["command"]: job for job in jobs}


@pytest.fixture(scope="module")
def graphs(plan: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return graph(plan, "snakemake"), graph(plan, "dvc")


def test_same_commands(graphs):
    ours, theirs = graphs
    assert set(ours) == set(theirs)


@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_same_files(graphs, side):
    ours, theirs = graphs
    for command, job in ours.items():
        assert sorted(job[side]) == sorted(theirs[command][side]), command


def test_same_params(graphs):
    ours, theirs = graphs
    for command, job in ours.items():
        assert job["params"] == theirs[command]["params"], command


def test_stage_rule_and_module_share_a_name(graphs):
    assert {job["stage"] for job in graphs[0].values()} == set(STAGES)
    for stage in STAGES:
        assert (ROOT / f"pipeline/{stage}.py").is_file()


@pytest.mark.parametrize("stage", STAGES)
def test_declared_code_is_the_import_closure(stage):
    deps = STAGES[stage].get("do", STAGES[stage])["deps"]
    code = sorted(dep for dep in deps if dep.endswith(".py"))
    assert code == [str(p.relative_to(ROOT)) for p in closure(stage, ROOT)], (
        "python -m workflow.declare"
    )
    assert "requirements.lock" in deps


@pytest.mark.parametrize("stage", STAGES)
def test_declared_params_are_those_the_stage_reads(stage):
    declared = {
        key.split(".")[0] for key in STAGES[stage].get("do", STAGES[stage]).get("params", [])
    }
    read = read_sections(ROOT / f"pipeline/{stage}.py")
    assert read == declared


def read_sections(path: Path) -> set[str]:
    """Sections taken from whatever holds the whole file: its loading, or a `Params` argument."""
    tree = ast.parse(path.read_text())
    holders = {
        node.targets[0].id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and loads_params(node.value)
        and isinstance(node.targets[0], ast.Name)
    }
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    read = set()
    for function in functions:
        passed = {a.arg for a in function.args.args if getattr(a.annotation, "id", "") == "Params"}
        names = passed or (holders if function.name == "main" else set())
        read |= {
            node.attr
            for node in ast.walk(function)
            if isinstance(node, ast.Attribute)
            and (loads_params(node.value) or getattr(node.value, "id", "") in names)
        }
    variants = {"model", "train", "variants"} if "of_variant" in read else set()
    return (read & set(Params.model_fields) - {"watch"}) | variants


def loads_params(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "load_params"
