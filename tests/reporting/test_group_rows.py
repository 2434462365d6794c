"""Scores by group, of photos whose numbers are known."""

import numpy as np
import pytest

from facepencil.evaluation.record import LPIPS, Evaluation, Measure, Score
from facepencil.reporting.group_rows import LEAST_PHOTOS, group_note, group_rows
from tests.fixtures.evaluations import conditions

IDS = [f"{k}" for k in range(2 * LEAST_PHOTOS)]
GROUPS = {"skin": {"light": IDS[::2], "tan": IDS[::-2], "dark": IDS[: LEAST_PHOTOS - 1]}}


def model(name: str, seed: int, shift: float) -> Evaluation:
    """Worse by 0.1 on every other photo."""
    noise = np.random.default_rng(seed).normal(0, 0.01, len(IDS))
    photos = 0.2 + shift + noise + 0.1 * (np.arange(len(IDS)) % 2)
    mean = float(photos.mean())
    one = Score(value=mean, low=mean - 0.01, high=mean + 0.01, photos=photos.tolist())
    return Evaluation(
        variant=name,
        seed=seed,
        n=len(IDS),
        metrics={LPIPS: Measure(meaning="of a test", better="low")},
        conditions=conditions(200),
        ids=IDS,
        levels={"11": {LPIPS: one}},
    )


@pytest.mark.parametrize("seeds", [(0,), (0, 1, 2)])
def test_a_group_has_the_mean_of_its_own_photos(seeds) -> None:
    variants = {
        name: [model(name, seed, shift) for seed in seeds]
        for name, shift in (("ours", 0.0), ("other", 0.05))
    }
    rows = {
        (row.variant, row.level): row
        for row in group_rows(variants, [model("no model", 9, 0.3)], GROUPS, "11")
    }
    assert {level for _, level in rows} == {"skin: light (20)", "skin: tan (20)"}
    for level in ("skin: light (20)", "skin: tan (20)"):
        row = rows.pop(("no model", level))
        assert row.seeds == 0 and not row.letters and row.value > rows["other", level].value
    for (name, level), row in rows.items():
        start = "tan" in level
        each = [one.levels["11"][LPIPS].photos[start::2] for one in variants[name]]
        assert row.value == pytest.approx(np.mean(each), abs=1e-6)
        assert row.low < row.value < row.high and row.n == LEAST_PHOTOS
        assert row.seeds == len(seeds)
    light, tan = (rows["ours", level] for level in ("skin: light (20)", "skin: tan (20)"))
    assert light.high < tan.low
    assert light.letters != rows["other", "skin: light (20)"].letters


def test_no_group_no_row() -> None:
    assert group_rows({"ours": [model("ours", 0, 0)]}, [], {"skin": {"light": IDS[:3]}}, "11") == []


def test_a_photo_that_was_not_evaluated_is_named() -> None:
    groups = {"skin": {"light": [*IDS[: LEAST_PHOTOS - 1], "other"]}}
    with pytest.raises(ValueError, match=r"ours: other of the group skin: light \(20\) was not"):
        group_rows({"ours": [model("ours", 0, 0)]}, [], groups, "11")


def test_the_note_names_groups_that_are_too_small() -> None:
    assert "have no scores, here skin: dark (19). Letters" in group_note(GROUPS)
    assert "have no scores. Letters" in group_note({"skin": {"light": IDS, "tan": []}})
    assert "light over 41, intermediate over 28, tan over 10" in group_note(GROUPS)
