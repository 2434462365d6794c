import matplotlib as mpl
import numpy as np

from facepencil.images import decode_png
from facepencil.reporting.bars import differences
from facepencil.reporting.curves import COLOURS, look_of, losses, robustness, validation
from facepencil.reporting.rows import Row

ROWS = [
    Row(
        variant,
        f"{level}",
        metric,
        0.2 + slope * level,
        0.19 + slope * level,
        0.21 + slope * level,
        9,
        1,
    )
    for metric in ("LPIPS-Alex", "L1")
    for variant, slope in (("baseline", 0.002), ("ours", 0.0))
    for level in (0, 11, 30)
]

LOW = dict.fromkeys(("LPIPS-Alex", "L1", *(f"metric {n}" for n in range(5))), "low")


def near(picture, colour):
    """Pixels of a colour written as #RRGGBB."""
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    return np.abs(picture.astype(int) - wanted).max(axis=2) < 8


def test_every_variant_is_drawn_in_every_panel():
    picture = decode_png(robustness(ROWS, LOW, "N = 9"))[..., :3]
    for half in np.array_split(picture, 2, axis=1):
        assert near(half, COLOURS[0]).sum() > 200 and near(half, COLOURS[1]).sum() > 200
    assert near(picture, COLOURS[2]).sum() == 0


def test_the_worse_variant_rises_and_the_better_stays():
    picture = decode_png(robustness(ROWS, LOW, "N = 9"))[..., :3]
    right = picture[:, picture.shape[1] * 3 // 4 :]  # the second panel has no legend
    rises, stays = (np.nonzero(near(right, colour).any(axis=1))[0] for colour in COLOURS[:2])
    assert rises.min() < stays.min() and np.ptp(stays) < np.ptp(rises)


def test_equal_rows_make_equal_bytes_whatever_the_user_likes():
    plain = robustness(ROWS, LOW, "N = 9")
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black"}):
        assert robustness(ROWS, LOW, "N = 9") == plain


def test_losses_have_a_line_a_training_in_the_colour_of_its_variant():
    log = [{"photos": n, "stage": 1, "learning_rate": 0.1, "l1": 1 / n} for n in (8, 16, 24)]
    gan = [{**line, "gan": 2.0} for line in log]
    alone = decode_png(losses({"baseline": [log]}))[..., :3]
    both = decode_png(losses({"baseline": [log], "ours": [gan, gan]}))[..., :3]
    assert near(alone, COLOURS[0]).sum() > 100 and near(alone, COLOURS[1]).sum() == 0
    second = both[:, both.shape[1] // 4 : both.shape[1] // 2]
    below = second[both.shape[0] // 5 :]  # the legend stands above
    assert near(below, COLOURS[1]).sum() > 100 and near(below, COLOURS[0]).sum() == 0
    assert losses({"baseline": [log]}) == losses({"baseline": [log]})


def test_nothing_is_cut_at_the_edge():
    picture = decode_png(robustness(ROWS, LOW, "N = 199 test photos, 64 px, training seed 0"))[
        ..., :3
    ]
    for edge in (picture[0], picture[-1], picture[:, 0], picture[:, -1]):
        assert (edge == 255).all()


def heights(picture, colour):
    """How many lines of a colour there are, one above the other."""
    drawn = np.nonzero(near(picture, colour).sum(axis=1) > 30)[0]
    return 1 + (np.diff(drawn) > 5).sum() if len(drawn) else 0


def test_nine_variants_are_nine_lines_and_nine_names_in_the_legend():
    rows = [
        Row(f"variant_{number}", f"{level}", "L1", number, number - 0.01, number + 0.01, 9, 1)
        for number in range(9)
        for level in (0, 11, 30)
    ]
    picture = decode_png(robustness(rows, LOW, "N = 9"))[..., :3]
    panel = picture[:, : picture.shape[1] * 2 // 3]  # the legend stands at its right
    coloured = COLOURS[:-1]  # axes and texts are black, as the seventh line is
    assert [heights(panel, colour) for colour in coloured] == [2, 2, 1, 1, 1, 1]
    for edge in (picture[0], picture[-1], picture[:, 0], picture[:, -1]):
        assert (edge == 255).all()
    without_last = decode_png(robustness(rows[:-3], LOW, "N = 9"))[..., :3]
    legends = [
        np.nonzero((each[:, -60:] < 128).any(axis=(1, 2)))[0] for each in (picture, without_last)
    ]
    assert legends[0].max() > legends[1].max()


def test_the_first_28_variants_all_look_different():
    assert len({tuple(look_of(number).values()) for number in range(28)}) == 28


def test_metrics_stand_four_abreast():
    rows = [
        Row("ours", f"{level}", f"metric {n}", 0.2, 0.1, 0.3, 9, 1)
        for n in range(5)
        for level in (0, 9)
    ]
    picture = decode_png(robustness(rows, LOW, "N = 9"))[..., :3]
    upper, lower = np.array_split(picture, 2)
    blue = [near(half, COLOURS[0]).any(axis=0) for half in (upper, lower)]
    quarter = picture.shape[1] // 4
    assert [part.any() for part in np.array_split(blue[0], 4)] == [True] * 4
    assert blue[1][:quarter].any() and not blue[1][quarter + 30 :].any()


def test_validation_scores_are_means_with_bands_and_no_losses():
    log = [{"photos": n, "stage": 1, "l1": 5.0, "val/lpips/d0": 1 / n} for n in (8, 16, 24)]
    other = [{**line, "val/lpips/d0": line["val/lpips/d0"] + 0.02} for line in log]
    one, two = (decode_png(validation({"ours": seeds}))[..., :3] for seeds in ([log], [log, other]))
    assert near(one, COLOURS[0]).sum() > 100
    light = [(each != 255).any(axis=2).sum() for each in (one, two)]
    assert light[1] > 1.2 * light[0]
    assert validation({"ours": [[]]}) != validation({"ours": [log]})


def test_a_bar_is_coloured_where_its_interval_leaves_0_out():
    rows = [
        Row("other - ours", "11", "L1", 0.2, 0.1, 0.3, 9, 1),
        Row("same - ours", "11", "L1", 0.01, -0.1, 0.12, 9, 1),
    ]
    picture = decode_png(differences(rows, "ours", "N = 9"))[..., :3]
    assert near(picture, COLOURS[1]).sum() > 500 and near(picture, "#999999").sum() > 10
    assert near(decode_png(differences(rows[1:], "ours", ""))[..., :3], COLOURS[1]).sum() == 0
