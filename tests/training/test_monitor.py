import pytest

from facepencil.training.monitor import Costs, ProgressLine


def test_off_a_terminal_the_last_line_says_it_all(capsys: pytest.CaptureFixture[str]) -> None:
    line = ProgressLine("ours/0", total=16, seen=0)
    for seen in (8, 16):
        line.show(seen, {"l1": 0.25})
    line.close()
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    for fact in ("ours/0: 16/16", "photos/s", "l1 0.250", "MB", "0 s left"):
        assert fact in text


def test_costs_go_on_where_a_killed_process_stopped() -> None:
    costs = Costs()
    costs.resume(100.0)
    found = costs.at(500)
    seconds = found["cost/seconds"]
    assert 100 <= seconds < 1000
    assert found["cost/photos_per_second"] == pytest.approx(500 / seconds, rel=0.01)
    assert found["cost/peak_memory_megabytes"] > 50
