"""Letters for the rows of a table: rows that cannot be told apart share one.

The insert-and-absorb algorithm (Piepho, J. Comput. Graph. Stat. 13, 2004).
"""

from collections.abc import Collection, Sequence
from string import ascii_lowercase

Pair = tuple[int, int]


def holm(p_values: Sequence[float], level: float) -> list[bool]:
    """Which of many differences are there: false ones in at most `level` of all tables.

    Holm (Scand. J. Stat. 6, 1979): from the smallest p on, each against its share of the level.
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    found = [False] * len(p_values)
    for rank, place in enumerate(order):
        if p_values[place] > level / (len(p_values) - rank):
            break
        found[place] = True
    return found


def letters(rows: int, apart: Collection[Pair]) -> list[str]:
    """Letters of each row: two rows share one if and only if they are not `apart`.

    Args:
        rows: how many there are.
        apart: pairs of rows that can be told apart.
    """
    groups = [frozenset(range(rows))]
    for first, second in apart:
        split = [
            part
            for group in groups
            for part in (
                (group - {first}, group - {second}) if {first, second} <= group else (group,)
            )
        ]
        kept = dict.fromkeys(split)
        groups = [one for one in kept if not any(one < other for other in kept)]
    groups.sort(key=lambda group: (min(group), sorted(group)))
    return [
        "".join(_letter(n) for n, group in enumerate(groups) if row in group) for row in range(rows)
    ]


def _letter(number: int) -> str:
    turn, place = divmod(number, len(ascii_lowercase))
    return ascii_lowercase[place] + (str(turn + 1) if turn else "")
