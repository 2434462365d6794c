import pytest
from hypothesis import given
from hypothesis import strategies as st

from facepencil.training.schedule import Stage, plan_stages

LENGTHS = st.lists(st.integers(0, 500), min_size=3, max_size=3)


@given(LENGTHS, st.integers(1, 32), st.booleans())
def test_stages_follow_each_other_in_whole_batches(
    lengths: list[int], batch: int, single: bool
) -> None:
    stages = plan_stages(lengths, batch, single)
    places = [0, *(stage.last for stage in stages)]
    assert [stage.first for stage in stages] == places[:-1]
    assert all(stage.photos > 0 and stage.photos % batch == 0 for stage in stages)
    assert sum(lengths) <= places[-1] < sum(lengths) + 3 * batch


@given(LENGTHS, st.integers(1, 32))
def test_every_variant_sees_equally_many_photos(lengths: list[int], batch: int) -> None:
    dual, single = (plan_stages(lengths, batch, kind) for kind in (False, True))
    assert sum(stage.photos for stage in dual) == sum(stage.photos for stage in single)
    assert len(single) <= 1


def test_empty_stages_are_skipped() -> None:
    assert [stage.number for stage in plan_stages([8, 0, 16], 8, False)] == [1, 3]


@pytest.mark.parametrize(("seen", "rate"), [(100, 2.0), (150, 2.0), (175, 1.0), (199, 0.04)])
def test_the_rate_is_constant_for_half_and_falls_to_zero(seen: int, rate: float) -> None:
    assert Stage(3, first=100, photos=100).learning_rate(seen, 2.0) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("seen", "rate"), [(100, 0.0), (110, 0.5), (140, 2.0), (150, 2.0), (175, 1.0)]
)
def test_a_warm_up_rises_from_zero_in_its_stage(seen: int, rate: float) -> None:
    stage = Stage(3, first=100, photos=100)
    assert stage.learning_rate(seen, 2.0, warmup=40) == pytest.approx(rate)


def test_a_warm_up_longer_than_half_of_a_stage_meets_the_fall() -> None:
    stage = Stage(1, first=0, photos=100)
    rates = [stage.learning_rate(seen, 1.0, warmup=100) for seen in (0, 30, 60, 80)]
    assert rates == pytest.approx([0.0, 0.3, 0.6, 0.4])
