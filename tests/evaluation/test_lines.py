import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from facepencil.evaluation.lines import chamfer, line_f1


def sketch(rows=(), size=256):
    lines = torch.zeros(1, size, size, dtype=torch.bool)
    lines[0, list(rows), 20:80] = True
    return lines


def scattered(seed, size=128):
    return torch.from_numpy(np.random.default_rng(seed).random((4, size, size)) > 0.995)


def by_pairs(wanted, found):
    """Distances of every line pixel of either from all of the other, px of 256."""
    gaps = cdist(np.argwhere(wanted), np.argwhere(found)) * 256 / len(wanted)
    return gaps.min(axis=1), gaps.min(axis=0)


def test_both_are_their_definitions_up_to_the_error_of_the_distance_map():
    wanted, found = scattered(1), scattered(2)
    for place in range(4):
        there, back = by_pairs(wanted[place].numpy(), found[place].numpy())
        apart = chamfer(wanted, found)[place].item()
        assert apart == pytest.approx((there.mean() + back.mean()) / 2, rel=0.02)
    near = [
        ((there <= 2).mean(), (back <= 2).mean())
        for there, back in map(by_pairs, wanted.numpy(), found.numpy())
    ]
    expected = [2 * r * p / (r + p) for r, p in near]
    assert line_f1(wanted, found).numpy() == pytest.approx(expected, abs=0.02)


def test_a_line_beside_the_wanted_one_is_as_far_as_it_lies():
    assert chamfer(sketch([50]), sketch([53])).item() == pytest.approx(3, rel=0.01)
    assert chamfer(sketch([50], 128), sketch([53], 128)).item() == pytest.approx(6, rel=0.01)
    assert line_f1(sketch([50]), sketch([53])).item() == 0
    assert line_f1(sketch([50]), sketch([52])).item() == 1


def test_lines_too_many_or_too_few_cost_precision_or_recall():
    assert line_f1(sketch([50]), sketch([50, 90])).item() == pytest.approx(2 / 3)
    assert line_f1(sketch([50, 90]), sketch([50])).item() == pytest.approx(2 / 3)


def test_an_empty_sketch_is_as_far_as_can_be():
    assert chamfer(sketch([50]), sketch()).item() == pytest.approx(256 * 2**0.5)
    assert line_f1(sketch([50]), sketch()).item() == 0


def test_neither_depends_on_the_batch():
    wanted, found = scattered(1), scattered(2)
    for measure in (chamfer, line_f1):
        each = torch.cat([measure(wanted[i : i + 3], found[i : i + 3]) for i in (0, 3)])
        assert torch.equal(each, measure(wanted, found))
