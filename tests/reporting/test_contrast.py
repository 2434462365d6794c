"""Coverage is shown on simulated tables, whose true difference is known."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp, ttest_rel

from facepencil.evaluation.bootstrap import resample
from facepencil.reporting.contrast import POWER, Contrast, Scores
from facepencil.reporting.letters import holm

TABLES = {50: 20_000, 200: 8_000}
"""Simulated for each number of photos."""


def mean_scores(each):
    """Scores that are means over photos, of numbers (..., S, P)."""
    return Scores(each.mean(axis=-1), each, each.shape[-1], drawn=False)


def simulated(tables, seeds, photos, photo_share, seed_share, rng):
    """Tables (T, S, P) of mean 0; shares of the mean's variance due to photos and to seeds."""
    rest = 1 - photo_share - seed_share
    sizes = [(tables, 1, photos), (tables, seeds, 1), (tables, seeds, photos)]
    counts = [photos, seeds, photos * seeds]
    return sum(
        np.sqrt(share * count) * rng.standard_normal(size, np.float32)
        for size, count, share in zip(sizes, counts, [photo_share, seed_share, rest], strict=True)
    )


def covered(found: Contrast, truth=0.0):
    return np.mean(np.abs(found.value - truth) <= found.half_width(0.025))


SHARES = [
    *((0.9, 0.0), (0.5, 0.0), (0.0, 0.0), (0.85, 0.1), (0.65, 0.3), (0.45, 0.45)),
    *((0.3, 0.6), (0.1, 0.85), (0.03, 0.95), (0.0, 0.9), (0.3, 0.3)),
]
"""Of the mean's variance, due to photos and to seeds; the rest has no cause in common."""


@pytest.mark.parametrize("photos", [50, 200])
@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_95_percent_is_93_to_97_percent_of_simulated_tables(seeds, photos):
    rng = np.random.default_rng([seeds, photos])
    for shares in SHARES:
        found = mean_scores(simulated(TABLES[photos], seeds, photos, *shares, rng)).contrast()
        assert 0.93 <= covered(found) <= 0.97, shares


@pytest.mark.parametrize("seeds", [2, 3])
def test_p_values_raise_no_more_false_alarms_than_they_say(seeds):
    rng = np.random.default_rng(seeds)
    for shares in [(0.0, 0.0), (0.65, 0.3), (0.1, 0.85), (0.03, 0.95)]:
        p = mean_scores(simulated(TABLES[50], seeds, 50, *shares, rng)).contrast().p_values()
        assert (p < 0.05).mean() < 0.056 and (p < 0.01).mean() < 0.013


def test_one_seed_is_students_test_over_photos():
    one, other = np.random.default_rng(0).normal(0.2, 0.1, (2, 1, 30))
    found = (mean_scores(one[None]) - mean_scores(other[None])).contrast()
    theirs = ttest_rel(one[0], other[0])
    low, high = theirs.confidence_interval(0.95)
    assert found.value[0] - found.half_width(0.025)[0] == pytest.approx(low)
    assert found.value[0] + found.half_width(0.025)[0] == pytest.approx(high)
    assert found.p_values()[0] == pytest.approx(theirs.pvalue, rel=1e-6)


def test_seeds_alone_are_students_test_over_seeds():
    """Photos that are all alike in each seed: there are as many numbers as seeds."""
    seeds = np.array([0.1, 0.4, 0.2])
    each = np.repeat(seeds[:, None], 40, axis=1)[None]
    low, high = ttest_1samp(seeds, 0).confidence_interval(0.95)
    assert 2 * mean_scores(each).contrast().half_width(0.025)[0] == pytest.approx(high - low)


def test_draws_of_a_mean_say_what_its_photos_say():
    """The same numbers as photos and as resamples: both ways to the same variance."""
    rng = np.random.default_rng(0)
    each = simulated(1, 3, 120, 0.4, 0.3, rng).astype(float)
    draws = each @ resample(120, 20_000, rng).T / 120
    photos = mean_scores(each).contrast()
    drawn = Scores(each.mean(axis=-1), draws, 120, drawn=True).contrast()
    assert drawn.value == photos.value and drawn.by_seeds == photos.by_seeds
    assert drawn.by_photos == pytest.approx(photos.by_photos, rel=0.04)


def test_rows_that_agree_in_every_photo_are_not_apart():
    same = mean_scores(np.ones((1, 3, 20)))
    found = (same - same).contrast()
    assert found.p_values()[0] == pytest.approx(1) and found.half_width(0.025)[0] == 0


def test_a_difference_that_is_just_visible_is_found_in_four_of_five_tables():
    rng = np.random.default_rng(0)
    for seeds, shares in [(1, (0.9, 0.0)), (3, (0.8, 0.0)), (5, (0.3, 0.6))]:
        found = mean_scores(simulated(4000, seeds, 100, *shares, rng)).contrast()
        apart = np.median(found.visible(0.95))
        hit = np.abs(found.value + apart) > found.half_width(0.025)
        assert POWER - 0.08 < hit.mean() < POWER + 0.08


@pytest.mark.parametrize(("rows", "seeds"), [(3, 2), (3, 3), (12, 2), (12, 3)])
def test_5_percent_of_tables_of_equal_rows_tell_any_apart(rows, seeds):
    rng = np.random.default_rng([rows, seeds])
    false_alarms = 0
    tables = 300
    for _ in range(tables):
        each = simulated(rows, seeds, 50, 0.3, 0.5, rng).astype(float)
        false_alarms += holm(mean_scores(each).pairs().contrast().pooled().p_values(), 0.05).any()
    assert 0.005 < false_alarms / tables < 0.08


def test_three_seeds_tell_many_rows_apart_that_differ():
    """A pair alone has two degrees of freedom, too few for the correction for 190 pairs."""
    rng = np.random.default_rng(0)
    shift = np.arange(20)[:, None, None] * 1.0
    pairs = mean_scores(simulated(20, 3, 50, 0.3, 0.5, rng) + shift).pairs().contrast()
    assert holm(pairs.p_values(), 0.05).mean() < 0.1
    assert holm(pairs.pooled().p_values(), 0.05).mean() > 0.5
