from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facepencil.config.split import SplitParams
from facepencil.data.split import part_of, split_of

IDS = [f"{number:06d}" for number in range(1, 20_001)]
SHARES = SplitParams(test=0.2, val=0.02)


def test_shares_are_as_asked():
    counts = Counter(split_of(photo, 0, SHARES) for photo in IDS)
    assert counts["test"] / len(IDS) == pytest.approx(0.2, abs=0.012)
    assert counts["val"] / len(IDS) == pytest.approx(0.02, abs=0.004)
    assert counts["train"] == len(IDS) - counts["test"] - counts["val"]


@given(st.text(min_size=1), st.integers(0, 99), st.floats(0, 0.4), st.floats(0, 0.4))
def test_a_larger_test_share_keeps_what_was_in_it(photo, seed, share, more):
    small = split_of(photo, seed, SplitParams(test=share, val=0))
    large = split_of(photo, seed, SplitParams(test=share + more, val=0))
    assert small == "train" or large == "test"


@given(st.text(min_size=1), st.sampled_from(["train", "val", "test"]))
def test_the_official_list_wins(photo, part):
    assert split_of(photo, 0, SHARES, part) == part


def test_another_seed_is_another_split():
    moved = sum(split_of(photo, 0, SHARES) != split_of(photo, 1, SHARES) for photo in IDS[:1000])
    assert 200 < moved < 500


@pytest.mark.parametrize(("test", "expected"), [(0.0, "train"), (0.999, "test")])
def test_extreme_shares(test, expected):
    shares = SplitParams(test=test, val=0)
    assert {split_of(photo, 0, shares) for photo in IDS[:50]} == {expected}


@given(st.text(min_size=1), st.text(min_size=1))
def test_photos_of_one_group_are_in_one_part(photo, group):
    alone = part_of({"photo": group}, 0, SHARES)
    assert part_of({"photo": photo, "group": group}, 0, SHARES) == alone
    assert part_of({"photo": photo}, 0, SHARES) == split_of(photo, 0, SHARES)
    assert part_of({"photo": photo, "group": group, "split": "val"}, 0, SHARES) == "val"
