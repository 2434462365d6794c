import math

import pytest

from facepencil.training.monitor import LossError, Means, ProgressLine


def test_means_are_over_the_steps_since_the_last_line() -> None:
    means = Means()
    for value in (1.0, 2.0):
        means.add({"l1": value}, 8)
    assert means.take() == {"l1": 1.5}
    means.add({"l1": 4.0}, 16)
    assert means.take() == {"l1": 4.0}


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_a_broken_loss_stops_and_says_which_and_when(broken: float) -> None:
    with pytest.raises(LossError, match=r"'vgg'.* after 640 photos"):
        Means().add({"l1": 1.0, "vgg": broken}, 640)


def test_off_a_terminal_the_last_line_says_it_all(capsys: pytest.CaptureFixture[str]) -> None:
    line = ProgressLine("ours/0", total=16, seen=0)
    for seen in (8, 16):
        line.show(seen, {"l1": 0.25})
    line.close()
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    for fact in ("ours/0: 16/16", "photos/s", "l1 0.250", "MB", "0 s left"):
        assert fact in text
