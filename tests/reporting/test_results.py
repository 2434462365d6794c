import numpy as np
import pytest

from facepencil.config.evaluate import EvaluateParams
from facepencil.evaluation.record import (
    LPIPS,
    Conditions,
    Evaluation,
    Measure,
    Score,
    read_evaluation,
)
from facepencil.reporting.notes import note
from facepencil.reporting.results import group_seeds
from facepencil.reporting.rows import paired_rows, row_letters, score_rows

N = 400


def evaluation(variant, seed, shift, **conditions):
    """Scores whose photos differ far more than variants do."""
    photos = np.random.default_rng(0).normal(0.25, 0.08, N)
    own = np.random.default_rng([seed, len(variant)]).normal(shift, 0.001, N)

    def level(d):
        each = [round(float(value), 6) for value in photos + own * d]
        middle = float(np.mean(each))
        mean = Score(value=middle, low=middle - 0.008, high=middle + 0.008, photos=each)
        draws = np.random.default_rng([seed, 7]).normal(0.2, 0.01, 500).tolist()
        return {LPIPS: mean, "L1": Score(value=0.2, low=0.19, high=0.22, draws=draws)}

    how = {
        "model_sha256": variant,
        "photos_digest": "beef",
        "sketches_digest": "cafe",
        "drawing": "",
        "processor": "one",
        "versions": {},
        "size_px": 64,
        "device": "cpu",
        "evaluate": EvaluateParams(),
    }
    return Evaluation(
        variant=variant,
        seed=seed,
        n=N,
        metrics={
            LPIPS: Measure(meaning="one", better="low"),
            "L1": Measure(meaning="other", better="high"),
        },
        conditions=Conditions(**(how | conditions)),
        ids=[f"{number:03d}" for number in range(N)],
        levels={f"{d:g}": level(d) for d in (0, 11, 30)},
    )


def both(seeds=(0,)):
    shifts = {"ours": 0.0, "baseline": 0.001}
    return group_seeds(
        {
            f"{name}/{seed}.json": evaluation(name, seed, shift)
            for name, shift in shifts.items()
            for seed in seeds
        }
    )


def test_one_seed_is_reported_as_evaluated():
    rows = score_rows(both())
    assert [(row.metric, row.variant, row.level) for row in rows[:4]] == [
        (LPIPS, "ours", "0"),
        (LPIPS, "ours", "11"),
        (LPIPS, "ours", "30"),
        (LPIPS, "baseline", "0"),
    ]
    last = rows[-1]
    assert (last.metric, last.n, last.seeds) == ("L1", N, 1)
    assert (last.value, last.low, last.high) == pytest.approx((0.2, 0.19, 0.22))


def test_pairs_tell_apart_what_scores_do_not():
    rows = {row.level: row for row in paired_rows(both()) if row.metric == LPIPS}
    scores = {(row.variant, row.level): row for row in score_rows(both()) if row.metric == LPIPS}
    assert scores["baseline", "11"].low < scores["ours", "11"].high
    assert rows["11"].low > 0 and rows["11"].variant == "baseline - ours"
    apart = scores["baseline", "11"].value - scores["ours", "11"].value
    assert rows["11"].value == pytest.approx(apart, abs=2e-6)
    error = 0.001 * 11 * 2**0.5 / N**0.5
    assert rows["11"].high - rows["11"].low == pytest.approx(2 * 1.96 * error, rel=0.15)


def test_the_subject_alone_has_no_pairs():
    alone = group_seeds({"0.json": evaluation("ours", 0, 0.0)})
    assert paired_rows(alone) == []
    assert {row.letters for row in score_rows(alone)} == {"a"}
    assert "Smallest difference" not in note(alone, "11")


def test_letters_tell_apart_what_pairs_do():
    assert row_letters(both(), LPIPS, "11") == ["a", "b"]
    assert row_letters(both(), LPIPS, "0") == ["a", "a"]
    assert row_letters(both(), "L1", "30") == ["a", "a"]


def test_seeds_that_differ_widen_the_interval_by_students_t():
    shifts = {("ours", seed): 0.01 * seed for seed in range(3)}
    files = {f"{n}/{s}.json": evaluation(n, s, shift) for (n, s), shift in shifts.items()}
    rows = {r.level: r for r in score_rows(group_seeds(files)) if r.metric == LPIPS}
    of_seeds = 4.303 * 0.01 * 30 / 3**0.5
    of_photos = 1.966 * 0.08 / N**0.5
    assert rows["0"].high - rows["0"].value == pytest.approx(of_photos, rel=0.1)
    assert rows["30"].high - rows["30"].value == pytest.approx(of_seeds, rel=0.05)


def test_seeds_are_counted_and_told():
    variants = both(seeds=(0, 3))
    assert all(row.seeds == 2 for row in score_rows(variants))
    text = note(variants, "11")
    assert "nothing may be concluded about methods" not in text
    for words in (
        f"N = {N}",
        "64 px",
        "training seeds 0, 3",
        "95% intervals over photos and seeds",
        "(all pairs, by photo, and by seeds that vary alike in all rows; Holm, 5%)",
        f"Smallest difference to ours at d = 11 that these data would have shown in 80% of cases: "
        f"{LPIPS} 0.0",
        f"{LPIPS} (low is better): one",
        "L1 (high is better): other",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"size_px": 128}, r"size_px \(64 and 128\)"),
        ({"photos_digest": "feed"}, r"photos_digest \(beef and feed\)"),
        ({"sketches_digest": "feed"}, r"test sketches"),
        ({"evaluate": EvaluateParams(batch=5)}, r"evaluate\.batch \(8 and 5\)"),
        (
            {"size_px": 32, "photos_digest": "feed"},
            r"photos_digest .*; size_px .*|size_px .*; photos_d.*",
        ),
    ],
)
def test_what_was_measured_differently_is_not_compared(changes, said):
    files = {
        "a/0.json": evaluation("baseline", 0, 0.0),
        "b/0.json": evaluation("ours", 0, 0.0, **changes),
    }
    with pytest.raises(
        ValueError, match=rf"a/0\.json and b/0\.json cannot be .* in ({said}): eval"
    ):
        group_seeds(files)


def test_other_photos_are_named_but_not_listed():
    other = evaluation("ours", 0, 0.0)
    other = other.model_copy(update={"ids": other.ids[::-1]})
    with pytest.raises(ValueError, match=r"differ in photos: evaluate both again"):
        group_seeds({"a": evaluation("baseline", 0, 0.0), "b": other})


def test_models_and_devices_may_differ():
    other = evaluation("ours", 0, 0.0, device="cuda", model_sha256="another")
    assert len(group_seeds({"a": evaluation("baseline", 0, 0.0), "b": other})) == 2


def test_a_file_reads_back_and_a_damaged_one_is_named(tmp_path):
    path = tmp_path / "0.json"
    path.write_text(evaluation("ours", 0, 0.0).text())
    assert read_evaluation(path) == evaluation("ours", 0, 0.0)
    path.write_text(path.read_text()[:1000])
    with pytest.raises(ValueError, match=r"0\.json: expected the file of an evaluation"):
        read_evaluation(path)


def test_variants_that_draw_otherwise_stand_in_one_table_and_the_note_says_so():
    own = {"drawing": "sketch.method-hed", "sketches_digest": "feed"}
    made = {"a": evaluation("ours", 0, 0.0), "b": evaluation("hed_lines", 0, 0.0, **own)}
    variants = group_seeds(made)
    assert list(variants) == ["ours", "hed_lines"]
    assert "hed_lines is tested on sketches of its own (sketch.method-hed)" in note(variants, "11")


def test_the_note_says_who_was_told_what():
    made = {"a": evaluation("ours", 0, 0.0), "b": evaluation("dyed", 0, 0.0, told=["palette"])}
    text = note(group_seeds(made), "11")
    assert "dyed is told the palette of each photo." in text and "ours is told" not in text


def test_with_one_seed_the_note_says_so_beside_what_the_letters_mean():
    text = note(both(), "11")
    assert "Holm, 5%); with one seed nothing may be concluded about methods" in text
    assert "1000 bootstrap resamples" in text
