import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from facepencil.evaluation import distances
from facepencil.evaluation.bootstrap import resample
from facepencil.evaluation.distances import frechet, inception_score, kid, unpaired_kid


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


def of_repeated(real, painted, counts):
    """Frechet distance of each draw, with its photos repeated."""
    chosen = [np.repeat(np.arange(len(real)), row) for row in counts]
    return np.array([by_definition(real.numpy()[one], painted.numpy()[one]) for one in chosen])


@pytest.mark.parametrize("shape", [(40, 60), (60, 12), (300, 12)])
def test_resamples_of_frechet_vary_as_those_of_repeated_photos_do(shape):
    real, noise = cloud(*shape, 1), cloud(*shape, 2, shift=0.5)
    painted, counts = 0.7 * real + 0.5 * noise, draws(shape[0], 100)
    found, exact = frechet(real, painted, counts), of_repeated(real, painted, counts)
    assert found.draws.std() == pytest.approx(exact.std(), rel=0.12)
    assert np.corrcoef(found.draws, exact)[0, 1] > 0.9
    # Repetition adds a bias, which an interval about the score leaves out in any case.
    assert found.draws.mean() == pytest.approx(found.value, abs=0.4 * exact.std())


def test_the_interval_of_frechet_covers():
    """The distance that sets of this size have on average, in 90 to 99 % of simulated sets."""
    rng, found = np.random.default_rng(6), []
    for _ in range(200):
        real = torch.from_numpy(rng.normal(size=(60, 5)))
        painted = 0.6 * real + torch.from_numpy(rng.normal(0.3, 0.5, size=(60, 5)))
        found.append(frechet(real, painted, resample(60, 300, rng)).interval(0.95))
    usual = np.mean([one.value for one in found])
    assert 0.9 <= np.mean([one.low <= usual <= one.high for one in found]) <= 0.99


def test_a_set_is_at_no_distance_from_itself():
    real = cloud(200, 16, 1)
    assert frechet(real, real, draws(200)).value == pytest.approx(0, abs=1e-9)
    assert frechet(real, real, draws(200)).draws == pytest.approx(0, abs=1e-9)
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


def test_unpaired_kid_is_its_definition():
    real, painted = cloud(9, 4, 0), cloud(5, 4, 1, 0.3)

    def kernel(x, y):
        return float((x @ y / 4 + 1) ** 3)

    within = [
        np.mean([kernel(x, y) for i, x in enumerate(one) for j, y in enumerate(one) if i != j])
        for one in (real, painted)
    ]
    cross = np.mean([kernel(x, y) for x in real for y in painted])
    assert unpaired_kid(real, painted) == pytest.approx(sum(within) - 2 * cross, rel=1e-9)


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


def test_many_photos_are_compared_within_blocks(monkeypatch):
    real, painted = cloud(21, 6, 1), cloud(21, 6, 2, shift=0.5)
    monkeypatch.setattr(distances, "BLOCK", 8)
    parts = [kid_by_loops(real[i::3].numpy(), painted[i::3].numpy()) for i in range(3)]
    counts = np.ones((1, 21), np.int64)
    found = kid(real, painted, counts)
    assert found.value == pytest.approx(np.mean(parts), rel=1e-9)
    assert found.draws == pytest.approx([found.value], rel=1e-9)


def score_by_loops(logits):
    """Salimans et al., section 4: exp of the mean over faces of KL(p(y|x) || p(y))."""
    classes = [np.exp(row) / np.exp(row).sum() for row in logits]
    overall = np.mean(classes, axis=0)
    return np.exp(np.mean([(one * np.log(one / overall)).sum() for one in classes]))


def test_the_inception_score_is_its_definition_in_every_draw():
    logits = cloud(15, 7, 4) * 3
    counts = draws(15, 5)
    found = inception_score(torch.zeros(0), logits, counts)
    repeated = [score_by_loops(logits.numpy()[np.repeat(np.arange(15), row)]) for row in counts]
    assert found.value == pytest.approx(score_by_loops(logits.numpy()), rel=1e-9)
    assert found.draws == pytest.approx(repeated, rel=1e-9)


def test_the_inception_score_goes_from_one_to_the_number_of_classes():
    counts = draws(12, 3)
    same, apart = torch.ones(12, 4), 100 * torch.eye(4).repeat(3, 1)
    assert inception_score(same, same, counts).value == pytest.approx(1)
    assert inception_score(same, apart, counts).value == pytest.approx(4)


def test_frechet_distance_in_blocks_is_that_of_all_photos_at_once(monkeypatch):
    rng = np.random.default_rng(4)
    real = torch.from_numpy(rng.normal(size=(100, 8)))
    painted = real + torch.from_numpy(rng.normal(size=(100, 8)))
    counts = resample(100, 20, rng)
    whole = frechet(real, painted, counts)
    monkeypatch.setattr(distances, "TOGETHER", 7)  # fewer than dimensions, and a rest of two
    blocks = frechet(real, painted, counts)
    assert blocks.value == pytest.approx(whole.value, rel=1e-12)
    assert np.allclose(blocks.draws, whole.draws, rtol=1e-9)
