"""Tables kept in the repository are what their scores say, and what the code makes of nothing."""

import csv
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from facepencil.evaluation.record import read_evaluation
from workflow.verify import differences

pytestmark = pytest.mark.slow

KEPT = "docs/results/main"


@pytest.fixture(scope="module")
def kept(by_snakemake: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The finished run, committed, with its table kept."""
    project = by_snakemake.copy(tmp_path_factory.mktemp("kept") / "project")
    project.commit()
    said = project.run("python", "-m", "workflow.keep", "main").stdout
    assert f"models and 4 runs of MLflow in {KEPT}" in said
    return project


def verify(project: Any, row: str = "none") -> Any:
    return project.run("python", "-m", "workflow.verify", "--row", row, check=False)


def test_all_is_there_but_photos(kept):
    folder, results = kept.root / KEPT, kept.root / "results"
    for text in ("table1.csv", "robustness.md", "matrix.tex", "drawings.csv", "costs.csv"):
        assert (folder / text).read_bytes() == (results / "tables/main" / text).read_bytes()
    names = {path.name for path in folder.glob("*.webp")}
    assert {"bars.webp", "painted.webp", "losses.webp", "drawings.webp"} < names
    assert not names & {"synthetic.webp", "worst.webp"}
    assert '"photos": []' in (folder / "page.html").read_text()
    assert (folder / "params.yaml").read_bytes() == (kept.root / "params.yaml").read_bytes()


def test_what_it_was_made_with_is_told(kept):
    made = json.loads((kept.root / KEPT / "made-with.json").read_text())
    assert made["commit"] == kept.run("git", "rev-parse", "HEAD").stdout.strip()
    assert made["code_changed"] is False and made["test_photos"] > 0
    assert {"crop", "train", "evaluate"} <= made["cpu_hours"].keys()
    assert str(kept.root) not in json.dumps(made)


def test_runs_can_be_opened_elsewhere(kept):
    with sqlite3.connect(kept.root / KEPT / "runs.db") as database:
        places = database.execute("select artifact_uri from runs").fetchall()
        keys = {key for (key,) in database.execute("select distinct key from metrics")}
    assert len(places) == 4 and all("not-kept" in place for (place,) in places)
    assert any(key.startswith("train/") for key in keys)
    assert any(key.startswith("test/") for key in keys)
    assert str(kept.root).encode() not in (kept.root / KEPT / "runs.db").read_bytes()


def test_texts_are_made_anew_from_scores(kept):
    said = verify(kept).stdout
    assert f"verify: {KEPT}: " in said and "texts are what their scores say" in said


def test_a_number_that_was_changed_is_found(kept, tmp_path):
    project = kept.copy(tmp_path / "project")
    path = project.root / KEPT / "robustness.csv"
    rows = list(csv.reader(path.read_text().splitlines()))
    place = rows[0].index("value")
    text = path.read_text().replace(rows[1][place], rows[1][place] + "1", 1)
    path.write_text(text)
    done = verify(project)
    assert done.returncode and f"{KEPT}/robustness.csv is not what its scores say" in done.stdout


def test_a_row_is_the_same_from_nothing(kept):
    done = verify(kept, "main/baseline/0")
    assert "verify: main/baseline/0 from nothing: every score is the same" in done.stdout


def test_on_another_processor_a_score_must_lie_in_its_interval(kept):
    one = read_evaluation(kept.root / Path("results/evaluations/ours/0.json"))
    level, metric = next(iter(one.levels)), "L1"
    score = one.levels[level][metric]

    def painted(value: float) -> Any:
        scores = {**one.levels[level], metric: score.model_copy(update={"value": value})}
        return one.model_copy(update={"levels": {**one.levels, level: scores}})

    near = painted((score.value + score.high) / 2)
    assert list(differences(one, near, equal=False)) == []
    assert len(list(differences(one, near, equal=True))) == 1
    assert len(list(differences(one, painted(score.high * 2), equal=False))) == 1


def test_what_is_not_finished_is_not_kept(kept, tmp_path):
    project = kept.copy(tmp_path / "project")
    (project.root / "results/evaluations/ours/0.json").unlink()
    before = (project.root / KEPT / "table1.csv").read_bytes()
    done = project.run("python", "-m", "workflow.keep", "main", check=False)
    assert done.returncode and "evaluations/ours/0.json is not there" in done.stdout
    assert (project.root / KEPT / "table1.csv").read_bytes() == before
