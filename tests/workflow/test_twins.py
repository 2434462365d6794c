"""One graph in two engines, and stages that read what they declare and nothing else."""

import ast
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from facepencil.config.params import Params, load_params
from facepencil.config.reading import declared
from pipeline.graph import jobs
from pipeline.reads import READS
from workflow.compile import PLANS, dvc_yaml, stage_name
from workflow.plan import write_plans

ROOT = Path(__file__).parent.parent.parent
KNOBS = {
    "sketch": ("sketch", "numerics"),
    "classifier": ("classifier", "precision"),
    "finder": ("finder", "precision"),
    "train": ("train", "precision"),
    "reference": ("evaluate", "precision"),
    "evaluate": ("evaluate", "precision"),
    "drawn": ("evaluate", "precision"),
}
"""What says by which arithmetic a stage computes."""
VARIED = {
    "hed_lines": {"sketch": {"method": "hed"}},
    "coarse": {"vectorize": {"tolerance_px": 3.0}, "train": {"gfm_weight": 0.0}},
    "same_as_coarse": {"vectorize": {"tolerance_px": 3.0}},
    "own_classifier": {"classifier": {"samples": 32}},
    "coloured": {"model": {"palette": True}},
}


def graph(project: Any, engine: str) -> dict[str, dict[str, Any]]:
    script = str(ROOT / "tests/workflow/graphs.py")
    text = project.run(sys.executable, script, engine).stdout
    found = json.loads(text[text.index("[{") :])
    assert len({job["command"] for job in found}) == len(found)
    return {job["command"]: job for job in found}


@pytest.fixture(scope="module", params=["plain", "varied"])
def graphs(request: Any, new_project: Any) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """Both engines' graphs: of the preset, and of one whose variants draw in several ways."""
    project = new_project()
    if request.param == "varied":
        path = project.root / "params.yaml"
        params = yaml.safe_load(path.read_text())
        params["variants"] |= VARIED
        params["tables"] = {"main": ["ours", "baseline"], "mine": ["ours", *VARIED]}
        params["run"] = {"seeds": [0, 1]}
        path.write_text(yaml.safe_dump(params, sort_keys=False))
    project.run("python", "-m", "workflow.compile")
    theirs = graph(project, "dvc")
    plan = theirs.pop("python -m workflow.plan")
    assert {Path(one).parent for one in plan["outputs"]} == {PLANS}
    return project, graph(project, "snakemake"), theirs


def test_same_commands(graphs):
    _, ours, theirs = graphs
    assert set(ours) == set(theirs)


@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_same_files(graphs, side):
    _, ours, theirs = graphs
    for command, job in ours.items():
        assert sorted(job[side]) == sorted(theirs[command][side]), command


def test_jobs_that_may_compute_on_a_gpu_claim_one(graphs):
    """All whose code chooses a device, unless their arithmetic is the CPU's."""
    project, ours, _ = graphs
    params = load_params(project.root / "params.yaml")
    choosing = {stage for stage in READS if chooses_device(stage)}
    assert choosing == set(KNOBS)
    portable = {
        stage: getattr(getattr(params, section), knob) == "portable"
        for stage, (section, knob) in KNOBS.items()
    }
    assert set(portable.values()) == {True, False}
    for job in ours.values():
        stage = job["stage"]
        expected = int(stage in KNOBS and not portable[stage])
        assert job["gpu"] == expected, job["command"]


def chooses_device(stage: str) -> bool:
    """Whether a stage's own module prepares a device, or sketches, which chooses one by itself."""
    text = (ROOT / f"pipeline/{stage}.py").read_text()
    return "prepare_device(" in text or "Sketcher(params" in text


def test_every_dvc_stage_depends_on_its_own_entry_of_the_plan(graphs):
    project, _, theirs = graphs
    project.run("python", "-m", "workflow.plan")
    files = (project.root / PLANS).glob("*.json")
    plan = {name: 1 for file in files for name in json.loads(file.read_text())}
    names = {
        job.command: stage_name(job) for job in jobs(load_params(project.root / "params.yaml"))
    }
    for command, job in theirs.items():
        assert job["planned"] == [names[command]]
        assert names[command] in plan


def test_stage_rule_and_module_share_a_name(graphs):
    project, ours, theirs = graphs
    coloured = "coloured" in (project.root / "params.yaml").read_text()
    planned = set(READS) if coloured else set(READS) - {"palette"}
    assert {job["stage"] for job in ours.values()} == planned
    assert {job["stage"] for job in theirs.values()} == planned
    for stage in READS:
        assert (ROOT / f"pipeline/{stage}.py").is_file()


def test_variants_that_draw_alike_share_all_they_can(graphs):
    project, ours, _ = graphs
    if "hed_lines" not in (project.root / "params.yaml").read_text():
        return
    made = [job["command"] for job in ours.values()]
    count = {stage: sum(f"pipeline.{stage} " in f"{one} " for one in made) for stage in READS}
    shards = 2
    assert count["sketch"] == 2 * shards  # hybrid and hed
    assert count["vectorize"] == 3 * shards  # either, and coarse
    assert count["dataset"] == 3
    assert count["classifier"] == 4  # and one with samples of its own
    assert count["train"] == count["evaluate"] == 7 * 2
    assert count["palette"] == shards


def test_dvc_yaml_is_compiled():
    """From params.yaml, or from the preset that it was copied from before."""
    files = [ROOT / "params.yaml", *sorted((ROOT / "presets").glob("*.yaml"))]
    text = (ROOT / "dvc.yaml").read_text()
    assert text in [dvc_yaml(load_params(path)) for path in files], "python -m workflow.compile"


def test_the_picture_in_the_docs_is_of_this_graph():
    every = jobs(load_params(ROOT / "presets/mini.yaml"))
    makers = {path: job.stage for job in every for path in job.outputs}
    edges = {(makers[path], job.stage) for job in every for path in job.inputs if path in makers}
    drawn = re.findall(r"^\t(\w+) --> (\w+)$", (ROOT / "docs/dvc.md").read_text(), re.M)
    assert len(drawn) == len(set(drawn)) and set(drawn) == edges


def test_a_plan_is_written_where_it_changed_alone(tmp_path, monkeypatch):
    """DVC is told after every run; one that is killed then leaves fewer traces."""
    monkeypatch.chdir(tmp_path)
    params = load_params(ROOT / "presets/test.yaml")
    write_plans(params)
    before = {path: path.stat().st_ino for path in PLANS.iterdir()}
    write_plans(params.model_copy(update={"seed": params.seed + 1}))
    after = {path: path.stat().st_ino for path in PLANS.iterdir()}
    assert {path.stem for path in before if after[path] != before[path]} == {
        stage for stage, reads in READS.items() if "seed" in reads.model_fields
    }


@pytest.mark.parametrize("stage", READS)
def test_a_stage_reads_what_it_declares_and_no_other_params(stage):
    """It gets params by `read` with a class of its own, and never the whole file."""
    tree = ast.parse((ROOT / f"pipeline/{stage}.py").read_text())
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    own = READS[stage].__name__
    assert "load_params" not in names
    assert {name for name in names if name.endswith("Reads")} <= {own, "WatchReads"}
    assert own in names or not declared(READS[stage])


@pytest.mark.parametrize(("folder", "more"), [("drawings", ["drawings"]), (None, [])])
def test_a_drawing_added_renews_the_graph_of_dvc(folder, more):
    params = Params.model_validate({"drawings": {"folder": folder}})
    deps = yaml.safe_load(dvc_yaml(params))["stages"]["plan"]["deps"]
    assert [path for path in deps if "drawing" in path] == more
