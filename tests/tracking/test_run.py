"""Runs of trainings, and of evaluations that join them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facepencil.tracking import run as run_module
from facepencil.tracking.run import Tracker, flatten
from facepencil.tracking.server import send
from facepencil.tracking.spool import waiting
from tests.fixtures.commands import wait_for
from tests.fixtures.mlflow_store import runs, steps


def test_resumed_training_continues_its_run_and_repeats_nothing(start, database):
    with pytest.raises(RuntimeError), start("resumed") as run:
        for seen in (0, 8, 16, 24):
            run.metrics({"loss": 1 / (seen + 1)}, seen)
        raise RuntimeError("out of memory")
    (failed,) = runs(database, "tags.fingerprint = 'resumed'")
    assert failed.info.status == "FAILED"
    with start("resumed") as run:
        for seen in (16, 24, 32):
            run.metrics({"loss": 1 / (seen + 1)}, seen)
    (found,) = runs(database, "tags.fingerprint = 'resumed'")
    assert found.info.status == "FINISHED"
    assert steps(database, found, "loss") == [0, 8, 16, 24, 32]


def test_evaluation_joins_the_run_of_its_training(start, spool, database):
    with start("judged") as run:
        run.metrics({"loss": 1.0}, 64)
        run.tag("model_sha256", "feed")
    (before,) = runs(database, "tags.fingerprint = 'judged'")
    with Tracker.attach("feed", spool) as run:
        run.metrics({"lpips/d11": 0.21}, 64)
    (after,) = runs(database, "tags.model_sha256 = 'feed'")
    assert after.info.run_id == before.info.run_id
    assert after.data.metrics["lpips/d11"] == 0.21
    assert after.info.end_time == before.info.end_time


def test_evaluation_of_an_unknown_model_gets_a_run_of_its_own(spool, database):
    for value in (0.3, 0.2):
        with Tracker.attach("beef", spool) as run:
            run.metrics({"lpips/d11": value}, 64)
    (found,) = runs(database, "tags.model_sha256 = 'beef'")
    assert found.info.status == "FINISHED"
    assert found.data.metrics["lpips/d11"] == 0.2


def test_what_a_parent_will_send_is_left_to_it(start, spool, database, parent_sends):
    with start("short") as run:
        run.metrics({"loss": 1.0}, 64)
        run.tag("model_sha256", "fade")
    with Tracker.attach("fade", spool) as run:
        run.metrics({"lpips/d11": 0.4}, 64)
    assert not runs(database, "tags.fingerprint = 'short'")
    assert send(spool) > 0 and not waiting(spool)
    (found,) = runs(database, "tags.fingerprint = 'short'")
    assert found.info.status == "FINISHED"
    assert found.data.metrics.items() >= {"loss": 1.0, "lpips/d11": 0.4}.items()


def test_long_run_is_told_of_while_it_goes_on(start, spool, database, parent_sends, monkeypatch):
    monkeypatch.setattr(run_module, "_SHORT_S", 0.1)
    with start("long") as run:
        run.metrics({"loss": 1.0}, 64)
        wait_for(lambda: runs(database, "tags.fingerprint = 'long' and metrics.loss = 1"))
    assert not waiting(spool)


def test_missing_artifact_stops_nothing(start, database, capfd):
    with start("missing") as run:
        run.artifact(Path("no/such/file"))
    (found,) = runs(database, "tags.fingerprint = 'missing'")
    assert found.info.status == "FINISHED"
    assert "no/such/file" in capfd.readouterr().err


values = st.integers() | st.text() | st.none() | st.lists(st.integers()) | st.just("x" * 900)
names = st.sampled_from("abc")


@given(st.dictionaries(names, values | st.dictionaries(names, values | st.just({"d": 1}))))
def test_flat_names_lead_to_the_values(tree):
    for name, text in flatten(tree).items():
        value = tree
        for key in name.split("."):
            value = value[key]
        whole = value if isinstance(value, str) else json.dumps(value)
        assert text == whole or (len(text) == 500 and whole.startswith(text[:-1]))
