"""A box keeps events in order, whole, and for one owner."""

import pytest

from facepencil.tracking.spool import Box, new_box, waiting
from tests.fixtures.commands import Workplace, kill_when


@pytest.fixture
def box(tmp_path) -> Box:
    return new_box(tmp_path)


def kinds(box: Box, offset: int = 0) -> list[str]:
    return [event["kind"] for event, _ in box.events(offset)]


def test_events_come_back_in_order_from_any_of_them_on(box):
    for kind in "abc":
        box.append(kind, values={"loss": 1.5})
    found = list(box.events(0))
    assert [event["kind"] for event, _ in found] == ["a", "b", "c"]
    assert all(event["values"] == {"loss": 1.5} and event["time"] > 0 for event, _ in found)
    assert [kinds(box, offset) for _, offset in found] == [["b", "c"], ["c"], []]


def test_a_line_torn_by_a_kill_is_left_out(box):
    box.append("whole")
    with (box.folder / "events.jsonl").open("ab") as file:
        file.write(b'{"kind": "torn", "ti')
    assert kinds(box) == ["whole"]


def test_a_kept_file_is_a_copy(box, tmp_path):
    path = tmp_path / "sheet.png"
    path.write_bytes(b"before")
    name = box.keep(path)
    path.write_bytes(b"after")
    assert (box.folder / name).read_bytes() == b"before"
    assert name.endswith("/sheet.png") and box.keep(path) != name


def test_how_far_the_reader_came_is_remembered(box):
    assert box.sent == ("", 0)
    box.mark("run", 17)
    assert Box(box.folder).sent == ("run", 17)


def test_boxes_wait_oldest_first_once_they_hold_events(tmp_path):
    boxes = [new_box(tmp_path) for _ in range(3)]
    assert waiting(tmp_path) == []
    for box in reversed(boxes):
        box.append("a")
    assert [box.folder for box in waiting(tmp_path)] == [box.folder for box in boxes]
    boxes[1].discard()
    assert [box.folder for box in waiting(tmp_path)] == [boxes[0].folder, boxes[2].folder]


def test_a_box_belongs_to_one_process_as_long_as_it_lives(workplace: Workplace):
    code = (
        "import time; from pathlib import Path; from facepencil.tracking.spool import new_box\n"
        "box = new_box(Path()); box.append('a'); print('ready', flush=True); time.sleep(600)\n"
    )
    owner = workplace.start("python", "-c", code)
    assert owner.stdout is not None and owner.stdout.readline() == "ready\n"
    (box,) = waiting(workplace.root)
    assert not box.claim()
    kill_when(lambda: True, owner)
    assert box.claim()
    box.release()
