"""Letters say of any two rows whether they can be told apart, and Holm which differences stand."""

from hypothesis import given
from hypothesis import strategies as st

from facepencil.reporting.letters import holm, letters


@st.composite
def tables(draw):
    rows = draw(st.integers(1, 7))
    pairs = [(i, j) for j in range(rows) for i in range(j)]
    return rows, draw(st.sets(st.sampled_from(pairs))) if pairs else set()


@given(tables())
def test_rows_share_a_letter_if_and_only_if_they_are_not_apart(table):
    rows, apart = table
    found = letters(rows, apart)
    for second in range(rows):
        assert found[second]
        for first in range(second):
            share = bool(set(found[first]) & set(found[second]))
            assert share == ((first, second) not in apart)


def test_the_first_row_has_the_first_letter():
    assert letters(3, {(0, 2)}) == ["a", "ab", "b"]
    assert letters(2, set()) == ["a", "a"]


def test_holm_is_the_papers_procedure():
    assert holm([0.01, 0.04, 0.03, 0.005], 0.05) == [True, False, False, True]
    assert holm([0.013, 0.02, 0.04], 0.05) == [True, True, True]
    assert holm([], 0.05) == []
