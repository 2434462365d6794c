"""Intervals of differences, beside simulated tables, scipy and a literal loop."""

import numpy as np
import pytest
from scipy import stats

from facepencil.evaluation.record import Score
from facepencil.reporting.contrast import contrast, pairs, photo_contrast, set_contrast

TABLES = 4000
SHARES = (0, 0.25, 1, 4, 16)
"""Variance of seeds, in units of that of photos and rest."""
MIXES = ((1.0, 1.0), (1.0, 0.2), (0.2, 1.0))
"""Variances of photos and of the rest."""


def simulated(seeds, photos, share, mix, rng):
    """Differences (TABLES, S, P) whose true mean is 0."""
    of_photos, rest = mix
    of_seeds = share * (of_photos + rest / seeds) / photos * seeds
    sizes = ((TABLES, seeds, 1), (TABLES, 1, photos), (TABLES, seeds, photos))
    variances = (of_seeds if seeds > 1 else 0.0, of_photos, rest)
    return sum(rng.normal(size=n) * v**0.5 for n, v in zip(sizes, variances, strict=True))


def coverage(seeds, photos, share, mix, rng):
    found = photo_contrast(simulated(seeds, photos, share, mix, rng))
    return np.mean(np.abs(found.value) <= found.half_width(0.95))


@pytest.mark.parametrize("seeds", [1, 2, 3, 5])
def test_95_percent_intervals_hold_the_truth_in_93_to_97_percent_of_tables(seeds):
    """With two or three seeds and little else than rest, in up to 98: never in fewer than 93."""
    rng = np.random.default_rng(seeds)
    shares = SHARES if seeds > 1 else (0,)
    found = {
        (share, mix): np.mean([coverage(seeds, photos, share, mix, rng) for photos in (50, 200)])
        for share in shares
        for mix in MIXES
    }
    assert min(found.values()) > 0.93
    assert max(found.values()) < 0.985
    assert 0.94 < np.mean(list(found.values())) < 0.97


def test_with_one_seed_it_is_the_paired_t_test():
    one, other = np.random.default_rng(0).normal(size=(2, 40))
    found = photo_contrast((one - other)[None])
    expected = stats.ttest_rel(one, other)
    interval = expected.confidence_interval(0.95)
    assert found.value - found.half_width(0.95) == pytest.approx(interval.low)
    assert found.value + found.half_width(0.95) == pytest.approx(interval.high)
    assert found.p_value() == pytest.approx(expected.pvalue, rel=1e-6)


def test_an_interval_that_ends_at_0_has_p_of_5_percent():
    apart = np.random.default_rng(1).normal(size=(3, 30))
    found = photo_contrast(apart - apart.mean())
    moved = photo_contrast(apart - apart.mean() + found.half_width(0.95))
    assert moved.p_value() == pytest.approx(0.05, rel=1e-6)


def test_parts_are_mean_squares_of_a_two_way_table():
    apart = np.random.default_rng(2).normal(size=(3, 7))
    centre, rest = apart.mean(), 0.0
    for s in range(3):
        for p in range(7):
            rest += (apart[s, p] - apart[s].mean() - apart[:, p].mean() + centre) ** 2
    rest /= 2 * 6 * 21
    found = photo_contrast(apart)
    assert found.by_seed == pytest.approx(sum((apart.mean(1) - centre) ** 2) / 2 / 3)
    of_photos = sum((apart.mean(0) - centre) ** 2) / 6 / 7
    assert found.by_photo == pytest.approx(max(0, of_photos - rest))


def test_a_mean_over_photos_has_the_same_error_by_photos_and_by_draws():
    """A mean is a set metric too: draws of photos must say what the photos say."""
    rng = np.random.default_rng(3)
    photos, draws = 60, 20_000
    apart = (
        rng.normal(size=(3, 1)) * 0.1 + rng.normal(size=(1, photos)) + rng.normal(size=(3, photos))
    )
    counts = rng.multinomial(photos, np.full(photos, 1 / photos), draws)
    by_draws = set_contrast(apart.mean(1), apart @ counts.T / photos, photos)
    by_photos = photo_contrast(apart)
    for name in ("value", "by_seed", "by_photo"):
        expected = getattr(by_photos, name)
        assert getattr(by_draws, name) == pytest.approx(expected, rel=0.1), name


def test_scores_are_paired_by_what_they_have():
    def score(**kinds):
        return Score(value=2.0, low=1.0, high=3.0, **kinds)

    alike = contrast([score(photos=[1.0, 2.0])], [score(photos=[1.0, 2.0])], 2)
    assert alike.value == 0 and alike.p_value() == 1
    drawn = contrast([score(draws=[1.0, 2.0])], [score(draws=[1.5, 1.0])], 2)
    assert drawn.value == 0 and drawn.error > 0
    with pytest.raises(ValueError, match="numbers of photos, or of draws"):
        contrast([score()], [score()], 2)


@pytest.mark.parametrize("seeds", [1, 5])
def test_the_smallest_visible_difference_is_found_in_about_80_percent_of_tables(seeds):
    rng = np.random.default_rng(4)
    apart = simulated(seeds, 100, 0.25, (1.0, 1.0), rng)
    needed = np.median(photo_contrast(apart).smallest_visible(0.95))
    found = photo_contrast(apart + needed).p_value() < 0.05
    assert 0.75 < found.mean() < 0.85


def test_pairs_are_contrasts_of_two():
    rng = np.random.default_rng(5)
    for kind in ("photos", "draws"):
        models = [
            [Score(value=row.mean(), low=0, high=0, **{kind: row.tolist()}) for row in model]
            for model in rng.normal(size=(3, 2, 30))
        ]
        found = pairs(models, 30)
        assert [len(one.value) for one in found] == [1, 2]
        expected = contrast(models[2], models[1], 30)
        assert found[1].value[1] == pytest.approx(expected.value[0])
        assert found[1].error[1] == pytest.approx(expected.error[0])
