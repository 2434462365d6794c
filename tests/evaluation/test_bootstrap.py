import numpy as np
import pytest

from facepencil.evaluation.bootstrap import mean, percentile_interval, resample


def test_resamples_draw_as_many_photos_as_there_are():
    counts = resample(50, 200, np.random.default_rng(0))
    assert counts.shape == (200, 50)
    assert (counts.sum(axis=1) == 50).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(50), abs=0.35)


def test_the_interval_of_a_mean_is_that_of_its_standard_error():
    values = np.random.default_rng(1).normal(3, 2, 400)
    found = mean(values, resample(400, 4000, np.random.default_rng(2)), 0.95)
    error = values.std(ddof=1) / 20
    assert found.value == values.mean()
    assert found.low == pytest.approx(found.value - 1.96 * error, abs=0.1 * error)
    assert found.high == pytest.approx(found.value + 1.96 * error, abs=0.1 * error)


def test_the_interval_lies_about_the_score_even_if_resamples_are_biased():
    drawn = np.random.default_rng(3).normal(12, 1, 1000)
    found = percentile_interval(10, drawn, 0.9)
    assert found.low < 10 < found.high
    assert found.high - found.low == pytest.approx(2 * 1.645, rel=0.1)
