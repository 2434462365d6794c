import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from facepencil.evaluation.bootstrap import resample
from facepencil.evaluation.distances import frechet, kid


def cloud(photos, width, seed, shift=0.0):
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(photos, width)) @ rng.normal(size=(width, width)) / width**0.5
    return torch.from_numpy(mixed + shift)


def draws(photos, times=20):
    return resample(photos, times, np.random.default_rng(0))


def by_definition(real, painted):
    """Equation 6 of Heusel et al. with a matrix root."""
    a, b = np.cov(real.T), np.cov(painted.T)
    apart = np.square(real.mean(0) - painted.mean(0)).sum()
    return apart + np.trace(a + b - 2 * sqrtm(a @ b).real)


def kid_by_loops(real, painted):
    """Equation 4 of Gretton et al. (lemma 6), pair by pair."""

    def kernel(x, y):
        return (x @ y / len(x) + 1) ** 3

    n = len(real)
    total = sum(
        kernel(real[i], real[j])
        + kernel(painted[i], painted[j])
        - kernel(real[i], painted[j])
        - kernel(real[j], painted[i])
        for i in range(n)
        for j in range(n)
        if i != j
    )
    return total / (n * (n - 1))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([(60, 12), (30, 20), (12, 40)]))
def test_frechet_is_its_definition(seed, shape):
    real, painted = cloud(*shape, seed), cloud(*shape, seed + 1, shift=0.3)
    found = frechet(real, painted, draws(shape[0], 2)).value
    assert found == pytest.approx(by_definition(real.numpy(), painted.numpy()), rel=1e-5)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([(8, 5), (15, 3)]))
def test_kid_is_its_definition(seed, shape):
    real, painted = cloud(*shape, seed), cloud(*shape, seed + 1, shift=0.3)
    found = kid(real, painted, draws(shape[0], 2)).value
    assert found == pytest.approx(kid_by_loops(real.numpy(), painted.numpy()), rel=1e-9)


def test_a_resample_scores_as_the_repeated_photos_do():
    real, painted = cloud(25, 40, 1), cloud(25, 40, 2, shift=0.5)
    counts = draws(25, 1)
    chosen = np.repeat(np.arange(25), counts[0])
    repeated = by_definition(real.numpy()[chosen], painted.numpy()[chosen])
    assert frechet(real, painted, counts).draws == pytest.approx([repeated], rel=1e-5)


def test_a_set_is_at_no_distance_from_itself():
    real = cloud(200, 16, 1)
    assert frechet(real, real, draws(200)).value == pytest.approx(0, abs=1e-9)
    found = kid(real, real, draws(200))
    assert [found.value, *found.draws] == pytest.approx([0] * 21, abs=1e-12)


def kid_of_drawn_pairs(real, painted, chosen):
    """The same mean over the pairs of a draw, without those of a photo and its own copy."""

    def kernel(x, y):
        return (x @ y / len(x) + 1) ** 3

    each = [
        kernel(real[i], real[j])
        + kernel(painted[i], painted[j])
        - kernel(real[i], painted[j])
        - kernel(real[j], painted[i])
        for i in chosen
        for j in chosen
        if i != j
    ]
    return sum(each) / len(each)


def test_a_resample_of_kid_compares_no_photo_with_its_copy():
    real, painted = cloud(12, 6, 1), cloud(12, 6, 2, shift=0.5)
    counts = draws(12, 2)
    first, second = (
        kid_of_drawn_pairs(real.numpy(), painted.numpy(), np.repeat(np.arange(12), row))
        for row in counts
    )
    found = kid(real, painted, counts)
    assert found.draws == pytest.approx([first, second], rel=1e-9)


def test_kid_of_painted_faces_that_follow_their_photos_averages_zero():
    """Clouds of one distribution whose pairs are alike: with those pairs in, it would be below."""
    rng = np.random.default_rng(3)
    values = []
    for _ in range(200):
        real, noise = rng.normal(size=(2, 20, 8))
        painted = 0.8 * real + 0.6 * noise
        pair = torch.from_numpy(real), torch.from_numpy(painted)
        values.append(kid(*pair, draws(20, 2)).value)
    assert abs(np.mean(values)) < 2.5 * np.std(values) / 200**0.5


def test_kid_is_not_biased_and_its_interval_covers():
    rng = np.random.default_rng(5)
    hits, values = 0, []
    for _ in range(60):
        both = torch.from_numpy(rng.normal(size=(120, 8)))
        found = kid(both[:60], both[60:], resample(60, 200, rng)).interval(0.95)
        values.append(found.value)
        hits += found.low <= 0 <= found.high
    assert abs(np.mean(values)) < 2 * np.std(values) / 60**0.5
    assert hits >= 50


def test_sets_of_different_shape_are_refused():
    for score in (frechet, kid):
        with pytest.raises(ValueError, match=r"\(5, 4\) and \(6, 4\)"):
            score(torch.zeros(5, 4), torch.zeros(6, 4), draws(5))


def test_a_draw_of_one_photo_alone_leaves_kid_as_it_is():
    real, painted = torch.rand(3, 8), torch.rand(3, 8)
    counts = np.array([[3, 0, 0], [1, 1, 1], [2, 1, 0], [0, 3, 0]])
    found = kid(real, painted, counts)
    assert found.draws[0] == found.draws[3] == found.value != found.draws[2]
