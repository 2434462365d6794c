from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from facepencil.reporting.letters import holm, letters, share_a_letter


@st.composite
def tables(draw):
    """A symmetric table of which rows are apart, and an order of the rows."""
    count = draw(st.integers(1, 9))
    apart = np.zeros((count, count), bool)
    for pair in combinations(range(count), 2):
        apart[pair] = draw(st.booleans())
    return draw(st.permutations(range(count))), apart | apart.T


@given(tables())
def test_rows_share_a_letter_exactly_if_they_are_not_apart(table):
    ranked, apart = table
    found = letters(ranked, apart)
    assert all(found)
    for one, other in combinations(range(len(apart)), 2):
        assert share_a_letter(found[one], found[other]) != apart[one, other]


@given(tables())
def test_the_best_row_has_an_a_and_no_letter_can_be_spared(table):
    ranked, apart = table
    found = letters(ranked, apart)
    assert "a" in found[ranked[0]]
    for letter in sorted({*"".join(found)}):
        without = [mark.replace(letter, "") for mark in found]
        told = [share_a_letter(*pair) for pair in combinations(without, 2)]
        assert not all(without) or told != [
            share_a_letter(*pair) for pair in combinations(found, 2)
        ]


@given(st.permutations(range(8)), st.integers(0, 3))
def test_rows_in_a_line_get_as_many_letters_as_windows(ranked, reach):
    """Rows that are alike up to `reach` places away: each letter is a window of neighbours."""
    place = np.argsort(ranked)
    found = letters(ranked, np.abs(place[:, None] - place) > reach)
    assert len({*"".join(found)}) == 8 - reach
    assert found[ranked[0]] == "a"


def test_28_rows_that_are_all_apart_have_28_letters():
    found = letters(range(28), ~np.eye(28, dtype=bool))
    assert found[0] == "a" and found[25] == "z" and found[26] == "a1" and len({*found}) == 28


def test_holm_falls_step_by_step():
    assert holm([0.01, 0.04, 0.03, 0.005], 0.05).tolist() == [True, False, False, True]
    assert holm([0.02, 0.03], 0.05).tolist() == [True, True]
    assert holm([], 0.05).tolist() == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0.01, 0.2))
def test_holm_lies_between_bonferroni_and_no_correction(p_values, level):
    fallen, p = holm(p_values, level), np.array(p_values)
    assert (fallen >= (p <= level / len(p))).all() and (fallen <= (p <= level)).all()
    assert not fallen.any() or p[fallen].max() <= p[~fallen].min(initial=1)


def test_a_letter_with_a_number_is_a_letter_of_its_own():
    assert share_a_letter("ab1", "b1c")
    assert not share_a_letter("a", "a1") and not share_a_letter("a1", "b1")


def test_thirty_rows_that_are_all_apart_share_nothing():
    apart = ~np.eye(30, dtype=bool)
    found = letters(range(30), apart)
    assert not any(share_a_letter(*pair) for pair in combinations(found, 2))
