import hashlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from facepencil.seeds import rng_of, seed_of, unit_of

parts = st.lists(st.text("ab1", max_size=4) | st.integers(0, 9), min_size=1, max_size=4)


def test_seed_is_the_same_on_every_machine():
    assert seed_of(0, "deform", "000001", 11.0) == 0xE1997741D196198B
    digest = hashlib.sha256(b"a").digest()
    assert seed_of("a") == int.from_bytes(digest[:8], "little")


@given(parts, parts)
def test_other_parts_give_another_seed(one, other):
    same = [str(part) for part in one] == [str(part) for part in other]
    assert (seed_of(*one) == seed_of(*other)) == same


def test_parts_do_not_run_together():
    assert seed_of("ab", "c") != seed_of("a", "bc")


@given(parts)
def test_draws_repeat_and_do_not_depend_on_earlier_draws(one):
    first = rng_of(*one).random(8)
    rng_of("something", "else").random(100)
    assert np.array_equal(first, rng_of(*one).random(8))


@given(parts)
def test_units_are_in_range(one):
    assert 0 <= unit_of(*one) < 1


def test_units_are_uniform():
    units = [unit_of(0, "split", str(number)) for number in range(10_000)]
    counts, _ = np.histogram(units, bins=10, range=(0, 1))
    assert np.abs(counts - 1000).max() < 120  # four standard deviations
