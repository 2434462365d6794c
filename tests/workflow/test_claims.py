"""What jobs claim: more for more work and for every attempt, and GPUs for those who use them."""

import json
from pathlib import Path
from typing import Any

import pytest

from facepencil.config.params import Params, load_params
from facepencil.store import write_text
from pipeline.graph import Job, jobs
from pipeline.reads import READS
from tests.fixtures.commands import ROOT
from workflow.claims import LEAST_MIN, LONGEST_MIN, MEASURED, Claim, claim

SHARDS = [0, 1]


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lists so many photos in each of two shards."""
    monkeypatch.chdir(tmp_path)

    def photos(*counts: int) -> None:
        for shard, count in enumerate(counts):
            write_text(Path(f"data/lists/{shard}.json"), json.dumps({"photos": [{}] * count}))

    photos(500, 500)
    return photos


def jobs_of(**sections: dict[str, Any]) -> dict[str, Job]:
    """One job a stage of the preset mini, with some values changed."""
    params: Params = load_params(ROOT / "presets/mini.yaml")
    sections = {"drawings": {"folder": str(ROOT / "drawings")}, **sections}
    changes = {
        name: getattr(params, name).model_copy(update=values) for name, values in sections.items()
    }
    return {job.stage: job for job in reversed(jobs(params.model_copy(update=changes)))}


def claim_of(stage: str, attempt: int = 1, **sections: dict[str, Any]) -> Claim:
    return claim(jobs_of(**sections)[stage], SHARDS, attempt)


def test_every_stage_has_figures_and_claims_something(listed: Any) -> None:
    assert set(MEASURED) == set(READS)
    for stage, job in jobs_of().items():
        found = claim(job, SHARDS)
        assert found.mem_mb >= MEASURED[stage].memory_mb
        assert LEAST_MIN <= found.runtime <= LONGEST_MIN


@pytest.mark.parametrize("stage", ["crop", "sketch", "vectorize", "deform", "evaluate"])
def test_more_photos_take_longer(listed: Any, stage: str) -> None:
    before = claim_of(stage).runtime
    listed(500_000, 500_000)
    assert claim_of(stage).runtime > before


def test_a_job_of_one_shard_reads_that_alone(listed: Any) -> None:
    before = claim_of("sketch")
    listed(500, 50_000)
    assert claim_of("sketch") == before


@pytest.mark.parametrize(
    "changed",
    [
        {"train": {"stages": [8000, 4000, 16000]}},
        {"model": {"size": 256}},
        {"model": {"channels": 96}},
    ],
)
def test_longer_and_larger_trainings_claim_more(listed: Any, changed: dict[str, Any]) -> None:
    assert claim_of("train", **changed).runtime > claim_of("train").runtime


def test_larger_batches_claim_more_memory_and_as_much_time(listed: Any) -> None:
    usual, large = claim_of("train"), claim_of("train", train={"batch": 32})
    assert large.mem_mb > usual.mem_mb and large.runtime == usual.runtime


def test_a_second_attempt_claims_more(listed: Any) -> None:
    first, second = claim_of("train"), claim_of("train", 2)
    assert second.mem_mb == pytest.approx(2 * first.mem_mb, abs=1)
    assert second.runtime > first.runtime


def test_no_job_claims_more_than_a_day(listed: Any) -> None:
    assert claim_of("train", 3, train={"stages": [0, 0, 10**9]}).runtime == LONGEST_MIN


@pytest.mark.parametrize(
    ("stage", "section", "key"),
    [
        ("sketch", "sketch", "numerics"),
        ("classifier", "classifier", "precision"),
        ("finder", "finder", "precision"),
        ("train", "train", "precision"),
        ("evaluate", "evaluate", "precision"),
        ("reference", "evaluate", "precision"),
        ("drawn", "evaluate", "precision"),
    ],
)
def test_a_gpu_is_claimed_where_one_is_used(
    listed: Any, stage: str, section: str, key: str
) -> None:
    other = "fast" if key == "numerics" else "float32"
    assert claim_of(stage, **{section: {key: other}}).gpu == 1
    assert claim_of(stage, **{section: {key: "portable"}}).gpu == 0


def test_data_stages_claim_no_gpu(listed: Any) -> None:
    assert {claim_of(stage).gpu for stage in ("crop", "vectorize", "deform", "report")} == {0}
