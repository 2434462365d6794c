"""Tables are asked for by name, and only what is missing is computed."""

import csv
from typing import Any

import pytest

from tests.fixtures.commands import jobs_run

pytestmark = pytest.mark.slow

TWO = ["ours", "gfm_off"]


@pytest.fixture(scope="module")
def two(by_snakemake: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A finished main table, and a second one of which a row is missing."""
    project = by_snakemake.copy(tmp_path_factory.mktemp("two") / "project")
    project.edit("tables.two", TWO)
    return project


def test_a_row_that_is_added_is_all_that_is_computed(two):
    said = two.run("snakemake", "--cores", "2", "two").stdout
    assert jobs_run(said) == {
        *("train gfm_off/0", "evaluate gfm_off/0", "drawn gfm_off/0", "report two")
    }
    assert "sync: DVC knows all results of main, two" in said
    with (two.root / "results/tables/two/table1.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["variant"] for row in rows if row["metric"] == "L1"][:2] == TWO
    assert (two.root / "results/tables/two/page.html").stat().st_size > 10_000
    assert "L_GFM off" in (two.root / "results/tables/two/table1.md").read_text()


def test_a_result_that_is_removed_is_computed_again_alone(two):
    two.run("snakemake", "--cores", "2", "two")
    (two.root / "results/evaluations/gfm_off/0.json").unlink()
    said = two.run("snakemake", "--cores", "2", "two").stdout
    assert jobs_run(said) == {"evaluate gfm_off/0"}  # it came out as it was


def test_dvc_computes_a_table_by_its_name_and_nothing_else(two):
    two.run("snakemake", "--cores", "2", "two")
    two.edit("tables.other", ["baseline", "mu_10"])
    two.run("python", "-m", "workflow.compile")
    said = two.run("dvc", "repro", "two").stdout
    assert not jobs_run(said)
    said = two.run("dvc", "repro", "other").stdout
    assert jobs_run(said) == {
        *("train mu_10/0", "evaluate mu_10/0", "drawn mu_10/0", "report other")
    }


def test_a_table_that_is_not_finished_is_named_and_the_finished_one_is_told_to_dvc(
    by_snakemake, tmp_path
):
    project = by_snakemake.copy(tmp_path / "project")
    project.edit("tables.two", TWO)
    said = project.run("python", "-m", "workflow.sync").stdout
    assert "sync: two: train gfm_off/0: models/gfm_off/0.safetensors is not there" in said
    assert "sync: DVC knows all results of main" in said
