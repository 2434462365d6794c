"""Photos that must fall in one part of the split."""

from collections.abc import Hashable, Sequence


def groups_of(owns: Sequence[str], contents: Sequence[Hashable]) -> list[str]:
    """The group of each photo: the smallest name of those that equal contents tie together.

    Args:
        owns: what each photo stands for by itself: its id, or the folder it lies in.
        contents: equal for photos of equal content, however far apart they lie.
    """
    smaller: dict[str, str] = {}
    first: dict[Hashable, str] = {}

    def smallest(name: str) -> str:
        while name in smaller:
            name = smaller[name]
        return name

    for own, content in zip(owns, contents, strict=True):
        low, high = sorted((smallest(own), smallest(first.setdefault(content, own))))
        if low != high:
            smaller[high] = low
    return [smallest(own) for own in owns]
