"""Letters beside the rows of a table: rows that cannot be told apart share one."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations, count, islice, product
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Group = frozenset[int]
_LETTER = re.compile(r"[a-z]\d*")


def holm(p_values: Sequence[float] | NDArray[np.float64], level: float) -> Flags:
    """Which hypotheses fall, so that a true one falls in at most `level` of all tables.

    Holm's step-down correction (Scandinavian Journal of Statistics, 1979).

    Args:
        p_values: one for each hypothesis.
        level: chance of one false alarm or more, such as 0.05.
    """
    p = np.asarray(p_values, float)
    order = np.argsort(p, kind="stable")
    falls = p[order] <= level / np.arange(len(p), 0, -1)
    fallen = np.zeros(len(p), bool)
    fallen[order] = np.logical_and.accumulate(falls)
    return fallen


def letters(ranked: Sequence[int], apart: Flags) -> list[str]:
    """The letters of each row: two rows share one exactly if they are not apart.

    Insert and absorb (Piepho, Journal of Computational and Graphical Statistics, 2004), then
    letters go whose pairs all share another one.

    Args:
        ranked: numbers of the rows, the best first, which gets `a`.
        apart: (V, V), symmetric: whether two rows differ.
    """
    groups = _needed(_widest(apart))
    place = {row: rank for rank, row in enumerate(ranked)}
    groups.sort(key=lambda group: sorted(place[row] for row in group))
    names = list(islice(_names(), len(groups)))
    return [
        "".join(name for name, group in zip(names, groups, strict=True) if row in group)
        for row in range(len(apart))
    ]


def share_a_letter(one: str, other: str) -> bool:
    """Whether two rows with these letters cannot be told apart; `a1` is a letter of its own."""
    return bool({*_LETTER.findall(one)} & {*_LETTER.findall(other)})


def _widest(apart: Flags) -> list[Group]:
    """All largest sets of rows of which no two are apart."""
    groups: set[Group] = {frozenset(range(len(apart)))}
    for one, other in combinations(range(len(apart)), 2):
        if apart[one, other]:
            split = {group for group in groups if {one, other} <= group}
            halves = {group - {row} for group in split for row in (one, other)}
            groups = _absorbed(groups - split, halves)
    return sorted(groups, key=sorted)


def _absorbed(groups: set[Group], halves: set[Group]) -> set[Group]:
    """Both, less the halves that lie within another set."""
    every = groups | halves
    return groups | {half for half in halves if not any(half < other for other in every)}


def _needed(groups: Sequence[Group]) -> list[Group]:
    """Fewer sets with the same pairs in them, small ones going first."""
    kept = list(groups)
    for group in sorted(groups, key=lambda group: (len(group), sorted(group))):
        others = [other for other in kept if other is not group]
        # A row alone counts as a pair with itself: it needs a letter too.
        pairs = product(group, group)
        if all(any({*pair} <= other for other in others) for pair in pairs):
            kept = others
    return kept


def _names() -> Iterator[str]:
    """Small letters, then the same with a number."""
    return (f"{letter}{turn or ''}" for turn in count() for letter in ascii_lowercase)
