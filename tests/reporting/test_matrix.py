"""The matrix of what models were trained on and tested on, of scores with known means."""

import numpy as np
import pytest

from facepencil.evaluation.record import (
    LPIPS,
    Changed,
    Evaluation,
    Measure,
    Score,
)
from facepencil.images import decode_png
from facepencil.reporting.matrix import heat_map, on_changes, on_kinds
from facepencil.reporting.rows import score_rows
from tests.fixtures.evaluations import conditions

KID = "KID-EffLite0"
PHOTOS, CHANGED = 8, 4
STEPS = (1, 2, 3)


def scores(value: float, count: int) -> dict[str, Score]:
    each = [value + 0.01 * k for k in range(count)]
    mean = float(np.mean(each))
    draws = [value - 0.01, value, value + 0.01]
    return {
        LPIPS: Score(value=mean, low=mean - 0.02, high=mean + 0.02, photos=each),
        KID: Score(value=value, low=value - 0.01, high=value + 0.01, draws=draws),
    }


def model(name: str, drop: float, warp: float) -> Evaluation:
    ids = [f"{k}" for k in range(PHOTOS)]
    changed = {
        f"{kind}-{step}": scores(value * step, CHANGED)
        for kind, value in (("drop", drop), ("warp", warp))
        for step in STEPS
    }
    return Evaluation(
        variant=name,
        seed=0,
        n=PHOTOS,
        metrics={metric: Measure(meaning="of a test", better="low") for metric in (LPIPS, KID)},
        conditions=conditions(3),
        ids=ids,
        levels={"0": scores(0.1, PHOTOS)},
        changed=Changed(ids=ids[:CHANGED], levels=changed),
    )


@pytest.fixture
def variants() -> dict[str, list[Evaluation]]:
    return {"ours": [model("ours", 0.1, 0.3)], "other": [model("other", 0.2, 0.1)]}


def test_a_kind_is_the_mean_over_its_strengths(variants) -> None:
    rows = {(row.variant, row.level, row.metric): row for row in score_rows(on_kinds(variants))}
    assert rows["ours", "drop", LPIPS].value == pytest.approx(0.1 * 2 + 0.015)
    assert rows["ours", "warp", KID].value == pytest.approx(0.3 * 2)
    assert rows["other", "warp", KID].value == pytest.approx(0.1 * 2)
    assert {row.n for row in rows.values()} == {CHANGED}


def test_each_strength_has_its_row(variants) -> None:
    rows = [row for row in score_rows(on_changes(variants)) if row.variant == "ours"]
    levels = [row.level for row in rows if row.metric == LPIPS]
    assert levels == [f"{kind}-{step}" for kind in ("drop", "warp") for step in STEPS]


def test_models_without_changes_have_no_matrix(variants) -> None:
    plain = {
        name: [seeds[0].model_copy(update={"changed": Changed()})]
        for name, seeds in variants.items()
    }
    assert on_changes(plain) == on_kinds(plain) == {}


def test_the_better_model_of_a_column_is_darker(variants) -> None:
    rows = [row for row in score_rows(on_kinds(variants)) if row.metric == LPIPS]
    page = decode_png(heat_map(rows, {LPIPS: "low"}, "N = 4")).astype(int)
    blue = page[..., 2] - page[..., 0] > 60
    rows_of_blue, columns_of_blue = np.nonzero(blue)
    middle = columns_of_blue.mean()
    drop, warp = rows_of_blue[columns_of_blue < middle], rows_of_blue[columns_of_blue > middle]
    assert drop.mean() < warp.mean()  # ours, the upper line, wins drop; the other one warp
