"""A run's duration in MLflow is the time that its processes spent, without what lay between."""

import json

import pytest

from facepencil.tracking.server import Server
from facepencil.tracking.spool import Box

MINUTE = 60_000
START = 1_700_000_000_000


@pytest.fixture
def box(spool, monkeypatch):
    """Writes the box of a process that trained from a minute on for some minutes."""

    def write(name: str, fingerprint: str, begin: int, minutes: int, status: str | None) -> Box:
        (spool / name).mkdir(parents=True)
        header = {
            "kind": "run",
            "experiment": "durations",
            "name": "ours/0",
            "tags": {"fingerprint": fingerprint},
            "tag": "fingerprint",
            "value": fingerprint,
        }
        events = [header, {"kind": "metrics", "step": minutes, "values": {"loss": 1.0}}]
        times = [START + begin * MINUTE, START + (begin + minutes) * MINUTE]
        if status:
            events.append({"kind": "end", "status": status})
            times.append(times[-1])
        lines = [
            json.dumps({**event, "time": when}) for event, when in zip(events, times, strict=True)
        ]
        (spool / name / "events.jsonl").write_text("\n".join([*lines, ""]))
        return Box(spool / name)

    return write


def minutes(server, fingerprint):
    places = [one.experiment_id for one in server._client.search_experiments()]
    (run,) = server._client.search_runs(places, f"tags.fingerprint = '{fingerprint}'")
    return (run.info.end_time - run.info.start_time) / MINUTE, run.info.status


def test_a_night_between_kill_and_resumption_is_no_training(box, spool):
    box("1", "night", begin=0, minutes=20, status=None)
    box("2", "night", begin=600, minutes=25, status="FAILED")
    box("3", "night", begin=900, minutes=5, status="FINISHED")
    server = Server()
    assert server.take_all(spool) == 5
    assert minutes(server, "night") == (50, "FINISHED")


def test_a_box_taken_twice_counts_once(box, spool):
    first = box("4", "taken-twice", begin=0, minutes=20, status="FAILED")
    Server().take(first)
    second = box("5", "taken-twice", begin=600, minutes=30, status="FINISHED")
    for _ in range(2):
        server = Server()
        server.take(second)
        (second.folder / "sent.json").unlink()  # as when killed between sending and marking
    assert minutes(server, "taken-twice") == (50, "FINISHED")


def test_a_training_repeated_from_the_start_counts_alone(box, spool):
    box("6", "repeated", begin=0, minutes=20, status="FINISHED")
    box("7", "repeated", begin=600, minutes=30, status="FINISHED")
    server = Server()
    server.take_all(spool)
    assert minutes(server, "repeated") == (30, "FINISHED")
