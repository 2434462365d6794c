"""What outputs were made from, and when that is no longer what is asked for."""

import json
from pathlib import Path

import pytest

from pipeline.graph import Job
from pipeline.provenance import (
    NotCurrent,
    check,
    fingerprint,
    inputs_of,
    note_folders,
    read_provenance,
    record,
    why_outdated,
)


@pytest.fixture
def job(tmp_path, monkeypatch) -> Job:
    """A job that has run, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    Path("in.txt").write_text("input")
    Path("out.txt").write_text("output")
    made = Job("vectorize", {"shard": 0}, (Path("in.txt"),), (Path("out.txt"),), {"a.b": 1.0})
    record(made, inputs_of(made))
    return made


def changed(job: Job, **fields: object) -> Job:
    return Job(**{**vars(job), **fields})


def test_what_was_just_made_is_current(job):
    assert why_outdated(job) is None
    check([job])
    made = read_provenance(job.provenance)
    assert made.stage == "vectorize" and made.params == {"a.b": 1.0}
    assert set(made.inputs) == {"in.txt"} and set(made.outputs) == {"out.txt"}


def test_the_record_tells_nothing_of_time_and_place(job, tmp_path):
    text = job.provenance.read_text()
    record(job, inputs_of(job))
    assert job.provenance.read_text() == text
    assert str(tmp_path) not in text


@pytest.mark.parametrize(
    ("do", "why"),
    [
        (lambda: Path("in.txt").write_text("other"), "in.txt has another content"),
        (lambda: Path("out.txt").write_text("other"), "out.txt has another content than was made"),
        (lambda: Path("out.txt.made.json").unlink(), "no record"),
        (lambda: Path("out.txt.made.json").write_text("{"), "no record"),
    ],
)
def test_a_change_of_files_is_told(job, do, why):
    do()
    assert why in why_outdated(job)
    with pytest.raises(NotCurrent, match=r"out\.txt is not current .*vectorize --shard 0"):
        check([job])


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"params": {"a.b": 2.0}}, "a.b was 1.0, is 2.0"),
        ({"params": {"a.b": 1.0, "a.c": 3}}, "a.c was None, is 3"),
        ({"stage": "deform"}, "no record"),
        ({"inputs": ()}, "in.txt counts no more"),
        ({"inputs": (Path("in.txt"), Path("out.txt"))}, "out.txt has another content"),
    ],
)
def test_a_change_of_what_is_asked_for_is_told(job, fields, why):
    assert why in why_outdated(changed(job, **fields))


def test_another_meaning_of_the_code_is_told(job):
    made = json.loads(job.provenance.read_text())
    job.provenance.write_text(json.dumps({**made, "code": "0" * 16}))
    assert "the code of vectorize means something else" in why_outdated(job)


def test_missing_files_are_no_lie(job):
    Path("in.txt").unlink()
    assert why_outdated(job) is None
    with pytest.raises(NotCurrent, match=r"in\.txt is not there yet"):
        inputs_of(job)
    Path("out.txt").unlink()
    assert why_outdated(job) is None


def test_jobs_differ_by_all_they_depend_on(job):
    marks = {fingerprint(job), fingerprint(job, "another processor")}
    marks |= {fingerprint(changed(job, params={"a.b": 2.0})), fingerprint(changed(job, inputs=()))}
    marks.add(fingerprint(changed(job, options={"shard": 1})))
    Path("in.txt").write_text("other")
    marks.add(fingerprint(job))
    assert len(marks) == 6


def test_photos_that_come_go_or_change_are_noticed_and_their_absence_is_not(job):
    Path("photos/deep").mkdir(parents=True)
    Path("photos/deep/a.jpg").write_text("a")
    job = changed(job, folders=(Path("photos"),))
    assert "photos in photos came, went or changed" in why_outdated(job)
    note_folders(job)
    assert why_outdated(job) is None
    for change in (
        lambda: Path("photos/b.jpg").write_text("b"),
        lambda: Path("photos/b.jpg").unlink(),
        lambda: Path("photos/deep/a.jpg").write_text("longer"),
    ):
        change()
        before = why_outdated(job)
        note_folders(job)
        assert why_outdated(job) is None
        assert before
    Path("photos/deep/a.jpg").unlink()
    assert why_outdated(job) is None
