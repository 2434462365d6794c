import matplotlib as mpl
import numpy as np
import pytest

from facepencil.images import decode_png
from facepencil.reporting.costs import mean_minutes
from facepencil.reporting.curves import COLOURS
from facepencil.reporting.minutes import REACHED, scores_by_minutes
from facepencil.reporting.rows import Row
from facepencil.training.cost import Cost
from tests.reporting.test_curves import near

LOW = {"LPIPS-Alex": "low", "L1": "low"}
MINUTES = {"short": 4.0, "long": 40.0}


def rows(metric="LPIPS-Alex", short=0.3, long=0.2):
    return [
        Row(name, level, metric, value + rise, value + rise - 0.03, value + rise + 0.01, 9, 1)
        for name, value in (("short", short), ("long", long))
        for level, rise in (("0", 0.0), ("11", 0.02), ("30", 0.05))
    ]


def drawn(found=None, minutes=MINUTES, better=LOW):
    return decode_png(scores_by_minutes(found or rows(), minutes, better, "N = 9"))[..., :3]


def places(picture, colour):
    """Rows and columns of a colour, left of the legend."""
    return np.nonzero(near(picture[:, : picture.shape[1] * 4 // 5], colour))


def test_the_longer_training_stands_at_the_right_and_the_better_one_lower():
    picture = drawn()
    short, long = (places(picture, colour) for colour in COLOURS[:2])
    assert short[1].max() < long[1].min() and short[0].mean() < long[0].mean()
    turned = drawn(minutes={"short": 40.0, "long": 4.0})
    short, long = (places(turned, colour) for colour in COLOURS[:2])
    assert long[1].max() < short[1].min()


@pytest.mark.parametrize(("short", "falls"), [(0.3, True), (0.1, False)])
def test_the_line_of_the_best_never_gets_worse(short, falls):
    line = places(drawn(rows(short=short)), REACHED)
    assert (np.ptp(line[0]) > 50) == falls


@pytest.mark.parametrize(("short", "rises"), [(0.1, True), (0.3, False)])
def test_where_high_is_better_it_rises_or_stays(short, rises):
    line = places(drawn(rows(short=short), better={"LPIPS-Alex": "high"}), REACHED)
    assert (np.ptp(line[0]) > 50) == rises


def point(level, value):
    return Row("short", level, "LPIPS-Alex", value, value, value, 9, 1)


def test_marks_are_filled_at_the_lowest_d_and_open_at_the_highest():
    picture = drawn([point("0", 0.2), point("11", 0.5), point("30", 0.3)])
    down, across = places(picture, COLOURS[0])
    middle = (down.min() + down.max()) // 2
    inks = []
    for here in (down > middle, down <= middle):
        row, column = (int(one[here].min() + one[here].max()) // 2 for one in (down, across))
        inks.append(bool(near(picture[row, column][None, None], COLOURS[0]).all()))
    assert inks == [True, False]


def test_one_level_is_named_once():
    def named(picture):
        return near(picture[:, picture.shape[1] * 4 // 5 :], COLOURS[0]).sum()

    assert named(drawn([point("0", 0.2)])) == named(drawn([point("0", 0.2), point("30", 0.3)])) > 0


def test_a_long_legend_makes_the_figure_higher():
    many = [Row(f"row {k}", "0", "L1", 0.1, 0.1, 0.1, 9, 1) for k in range(34)]
    many = [Row(**{**vars(row), "metric": "LPIPS-Alex"}) for row in many]
    high = drawn(many, {row.variant: 4.0 for row in many})
    assert len(high) > 1.5 * len(drawn())


def test_metrics_without_a_panel_are_left_out():
    assert np.array_equal(drawn(rows() + rows("L1")), drawn())


def test_equal_rows_make_equal_bytes_whatever_the_user_likes():
    plain = drawn()
    with mpl.rc_context({"font.size": 30}):
        assert np.array_equal(drawn(), plain)


def test_minutes_are_means_over_the_seeds():
    costs = [
        Cost(cpu_seconds=s, wall_seconds=1, photos=1, threads=1, processor="") for s in (60, 180)
    ]
    assert mean_minutes(costs) == 2
