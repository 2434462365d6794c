"""Which stages an edit makes run: those whose meaning changed, and no other.

Both engines go by the meanings that `workflow.plan` writes; some edits are put to the engines too.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from facepencil.config.params import load_params
from pipeline.graph import jobs
from tests.fixtures.commands import ROOT
from workflow.compile import PLANS

pytestmark = pytest.mark.slow

MODELS = {"train", "evaluate"}
SCORED = {"reference", "evaluate", "drawn"}
"""Stages that look at faces through the metrics."""
NOTHING: set[str] = set()


@dataclass(frozen=True)
class Edit:
    """What is done to a tree, and the stages whose meaning it changes: they alone may run."""

    what: str
    do: Callable[[Path], object]
    runs: set[str]


def replace(file: str, old: str, new: str) -> Callable[[Path], object]:
    def do(root: Path) -> None:
        text = (root / file).read_text()
        assert old in text, f"{file} has no {old!r}"
        (root / file).write_text(text.replace(old, new, 1))

    return do


def append(file: str, text: str) -> Callable[[Path], object]:
    def do(root: Path) -> None:
        with (root / file).open("a") as handle:
            handle.write(text)

    return do


def params(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    def do(root: Path) -> None:
        path = root / "params.yaml"
        every = yaml.safe_load(path.read_text())
        change(every)
        path.write_text(yaml.safe_dump(every, sort_keys=False))

    return do


def field(section: str, line: str) -> Callable[[Path], object]:
    """A new field with a default, written into params.yaml as `config refresh` does."""

    def do(root: Path) -> None:
        path = root / f"src/facepencil/config/{section}.py"
        text = path.read_text()
        head, _, last = (
            text.rpartition("    threads:") if "    threads:" in text else (text, "", "")
        )
        assert head
        if last:
            path.write_text(f"{head}    {line}\n    threads:{last}")
        else:
            path.write_text(text.rstrip() + f"\n    {line}\n")
        params(lambda every: every[section].__setitem__(line.split(":")[0], 1))(root)

    return do


def bump(package: str) -> Callable[[Path], object]:
    def do(root: Path) -> None:
        for name in ("requirements.lock", "requirements-dev.lock"):
            path = root / name
            text = path.read_text()
            path.write_text(re.sub(rf"^({package})==[^ ;\\]+", r"\1==99.0", text, flags=re.M))

    return do


STEP = "src/facepencil/training/step.py"
EDITS = [
    Edit("a comment", append(STEP, "# a remark\n"), NOTHING),
    Edit("a docstring", replace(STEP, '"""One adversarial step', '"""A step'), NOTHING),
    Edit(
        "layout",
        replace(STEP, "BETAS = (0.5, 0.999)", "BETAS = (\n    0.5,\n    0.999,\n)"),
        NOTHING,
    ),
    Edit(
        "a local renamed", replace(STEP, "optimizer.zero_grad()", "optimizer.zero_grad( )"), NOTHING
    ),
    Edit("a constant of the step", replace(STEP, "BETAS = (0.5,", "BETAS = (0.6,"), {"train"}),
    Edit(
        "a constant of tracking",
        replace("src/facepencil/tracking/run.py", "_SEND_S = 10.0", "_SEND_S = 11.0"),
        NOTHING,
    ),
    Edit(
        "a constant of progress",
        replace("src/facepencil/progress.py", "0.2 if terminal", "0.3 if terminal"),
        NOTHING,
    ),
    Edit(
        "a constant of the sheets",
        replace("src/facepencil/sheets.py", "GAP_PX = 6", "GAP_PX = 7"),
        {"preview", "report"},
    ),
    Edit(
        "a constant of the rasteriser",
        replace("src/facepencil/strokes/raster.py", "STEPS = 16", "STEPS = 8"),
        {"deform", "preview", "classifier", "finder", "drawings", "train", *SCORED},
    ),
    Edit(
        "a constant of the metrics' distances",
        append("src/facepencil/evaluation/distances.py", "_LIMIT = 1\n"),
        SCORED,
    ),
    Edit("the command line", append("src/facepencil/cli.py", "LIMIT = 1\n"), NOTHING),
    Edit("a new stage's file", append("pipeline/unused.py", "LIMIT = 1\n"), NOTHING),
    Edit("README", append("README.md", "More.\n"), NOTHING),
    Edit("a new field of crop", field("crop", "margin: int = 1"), {"crop"}),
    Edit(
        "a new field of sketch",  # painted faces are sketched again to be compared
        field("sketch", "extra: int = 1"),
        {"sketch", *SCORED},
    ),
    Edit("a new field of vectorize", field("vectorize", "extra: int = 1"), {"vectorize"}),
    Edit("a new field of deform", field("deform", "extra: int = 1"), {"deform"}),
    Edit("a new field of classifier", field("classifier", "extra: int = 1"), {"classifier"}),
    Edit("a new field of finder", field("finder", "extra: int = 1"), {"finder"}),
    Edit("a new field of drawings", field("drawings", "extra: int = 1"), {"drawings"}),
    Edit("a new field of model", field("model", "extra: int = 1"), {"train"}),
    Edit("a new field of train", field("train", "extra: int = 1"), {"train"}),
    Edit("a new field of watch", field("watch", "extra: int = 1"), NOTHING),
    Edit("a new field of evaluate", field("evaluate", "extra: int = 1"), SCORED),
    Edit("a new field of report", field("report", "extra: int = 1"), {"report"}),
    Edit("ruff in the lock", bump("ruff"), NOTHING),
    Edit("mlflow in the lock", bump("mlflow"), NOTHING),
    Edit(
        "scipy in the lock",
        bump("scipy"),
        {"sketch", "vectorize", "exemplars", "drawings", *SCORED, "report"},
    ),
    Edit("h5py in the lock", bump("h5py"), {"sketch", *SCORED}),
    Edit("matplotlib in the lock", bump("matplotlib"), {"report"}),
    Edit(
        "torch in the lock",
        bump("torch"),
        {"sketch", "classifier", "finder", "drawings", "train", *SCORED},
    ),
    Edit(
        "what is watched",
        params(lambda p: p["watch"].update(log_every=3, samples_every=5, state_every=7)),
        NOTHING,
    ),
    Edit(
        "an unused variant added",
        params(lambda p: p["variants"].update(mine={"train": {"gfm_weight": 0.0}})),
        NOTHING,
    ),
    Edit("the variants' order", params(lambda p: p["tables"]["main"].reverse()), {"report"}),
    Edit("a variant removed", params(lambda p: p["tables"]["main"].pop()), {"report"}),
    Edit(
        "a variant's override",
        params(lambda p: p["variants"]["baseline"].update(train={"gan_weight": 2.0})),
        {"train", "report"},  # the page says what differs
    ),
    Edit("a level of the test set", params(lambda p: p["deform"]["levels"].append(5)), {"deform"}),
    Edit("a key of the report", params(lambda p: p["report"].update(digits=2)), {"report"}),
    Edit("a comment in params.yaml", append("params.yaml", "# a remark\n"), NOTHING),
]
ENGINES_TOO = {
    *("a comment", "a constant of the rasteriser", "a new field of crop"),
    *("a variant removed", "scipy in the lock", "what is watched"),
}
"""One of each kind."""


def stages_above() -> dict[str, set[str]]:
    """The stages that each one's inputs come from, directly or not."""
    makers, above = {}, {}
    for job in jobs(load_params(ROOT / "presets/test.yaml")):
        direct = {makers[path] for path in job.inputs if path in makers}
        found = direct.union(*(above[stage] for stage in direct)) - {job.stage}
        above[job.stage] = above.get(job.stage, set()) | found
        makers |= dict.fromkeys(job.outputs, job.stage)
    return above


ABOVE = stages_above()


def planned(project: Any) -> set[str]:
    """Rules that Snakemake would run now."""
    text = project.run("snakemake", "-n").stdout
    return set(re.findall(r"^would run (\w+)", text, re.M))


def changed(project: Any) -> set[str]:
    """Stages that DVC holds to be changed, once it knows what code and params mean."""
    project.run("dvc", "repro", "plan")
    text = project.run("dvc", "status").stdout
    names = {name.split("-")[0] for name in re.findall(r"^([\w-]+):", text, re.M)}
    return {"report" if name == "main" else name for name in names}  # a table bears its own name


def meanings(project: Any) -> dict[str, dict[str, str]]:
    """What code and params mean now, by stage and job."""
    project.run("python", "-m", "workflow.compile")
    project.run("python", "-m", "workflow.plan")
    return {path.stem: json.loads(path.read_text()) for path in (project.root / PLANS).iterdir()}


@pytest.fixture(scope="module")
def unedited(_bench: Any) -> dict[str, dict[str, str]]:
    return meanings(_bench)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.what)
def test_an_edit_changes_the_meaning_of_what_it_touches(unedited, workbench, edit):
    edit.do(workbench.root)
    now = meanings(workbench)
    assert {stage for stage in now if now[stage].items() - unedited[stage].items()} == edit.runs


@pytest.mark.parametrize(
    "edit", [edit for edit in EDITS if edit.what in ENGINES_TOO], ids=lambda edit: edit.what
)
def test_engines_run_what_changed_in_meaning(workbench, edit):
    edit.do(workbench.root)
    workbench.run("python", "-m", "workflow.compile")
    assert changed(workbench) == edit.runs
    # In Snakemake, those below another one wait for what comes of it.
    assert planned(workbench) == {stage for stage in edit.runs if not ABOVE[stage] & edit.runs}
