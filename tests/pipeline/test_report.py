"""Stage `report` on evaluations made of real photos, blurred more as d grows."""

import csv
import json
import shutil
from contextlib import ExitStack

import cv2
import numpy as np
import pytest

from facepencil.config.deform import DeformParams
from facepencil.config.params import Params
from facepencil.config.report import ReportParams
from facepencil.config.section import ConfigError
from facepencil.evaluation.bootstrap import mean, resample
from facepencil.evaluation.groups_record import PhotoGroups
from facepencil.evaluation.record import (
    LPIPS,
    Evaluation,
    Measure,
    ReferenceRows,
    Score,
)
from facepencil.images import decode_png, encode_png, resize
from facepencil.reporting.rows import headline, score_rows
from facepencil.reporting.sample_sheets import Samples
from facepencil.store import Shard, ShardError, write_shard
from pipeline import layout
from pipeline.report import compare, draw_figures, read_log, read_variants, write_tables
from tests.fixtures.commands import Workplace
from tests.fixtures.evaluations import conditions
from tests.fixtures.stages import furnish, vouch

BLUR = {"ours": 0.02, "baseline": 0.1}
LEVELS = (0, 11, 30)


def painted(variant, level, photo):
    return cv2.GaussianBlur(photo, (0, 0), 0.5 + BLUR[variant] * level)


def score(photos, counts):
    found = mean(photos, counts, 0.95)
    each = [round(float(value), 6) for value in photos]
    return Score(value=found.value, low=found.low, high=found.high, photos=each)


def evaluation(variant, photos):
    """Mean absolute difference as either metric: real numbers of real pictures."""
    counts = resample(len(photos), 100, np.random.default_rng(0))
    levels = {}
    for level in LEVELS:
        apart = [
            np.abs(painted(variant, level, photo).astype(float) - photo).mean() / 255
            for photo in photos.values()
        ]
        levels[f"{level}"] = {LPIPS: score(np.array(apart) * 2, counts)} | {
            "L1": score(np.array(apart), counts)
        }
    return Evaluation(
        variant=variant,
        seed=0,
        n=len(photos),
        metrics={
            LPIPS: Measure(meaning="of a test", better="low"),
            "L1": Measure(meaning="of pixels", better="low"),
        },
        conditions=conditions(100, variant),
        ids=list(photos),
        levels=levels,
    )


def no_models(photos):
    return [evaluation("ours", photos).model_copy(update={"variant": "mean face", "seed": None})]


def groups_of(photos):
    """All of one kind but two, who are too few for a group."""
    first, second, *others = photos
    skin = {"light": others, "tan": [first, second]}
    return PhotoGroups(groups={"skin": skin, "pose": {"frontal": list(photos), "turned": []}})


def sample_members(variant, photos):
    for name, photo in photos.items():
        yield f"{name}.photo.png", encode_png(photo)
        for level in LEVELS:
            edges = 255 - cv2.Canny(resize(photo, 256), 40 + level, 120)
            yield f"{level}/{name}.sketch.png", encode_png(edges)
            if variant == "ours":
                yield f"{level}/{name}.width.png", encode_png(edges[::4, ::4])
            yield f"{level}/{name}.png", encode_png(painted(variant, level, photo))


@pytest.fixture(scope="module")
def photos(make_faces):
    return make_faces(64)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, photos):
    made = tmp_path_factory.mktemp("report")
    shown = dict(list(photos.items())[:5])
    for variant in BLUR:
        scores = made / f"results/evaluations/{variant}/0.json"
        scores.parent.mkdir(parents=True)
        scores.write_text(evaluation(variant, photos).text())
        log = made / f"models/{variant}/0.jsonl"
        log.parent.mkdir(parents=True)
        log.write_text('{"photos": 8, "stage": 1, "learning_rate": 0.1, "l1": 0.5}\n' * 2)
        cost = {"cpu_seconds": 9.0, "wall_seconds": 10.0, "photos": 8, "threads": 1}
        (made / layout.cost(variant, 0)).write_text(json.dumps({**cost, "processor": "this"}))
        worst = {"worst": list(shown)[:2], "worst_level": LEVELS[-1]}
        index = {"ids": list(shown), "levels": list(LEVELS), **worst}
        write_shard(
            made / f"results/samples/{variant}/0.zip", sample_members(variant, shown), index
        )
    (made / "results/reference").mkdir()
    (made / "results/reference/64.json").write_text(ReferenceRows(rows=no_models(photos)).text())
    (made / "results/groups").mkdir()
    (made / "results/groups/64.json").write_text(groups_of(photos).text())
    tables = {"main": ["ours", "baseline"]}
    params = Params(tables=tables, deform=DeformParams(levels=[float(level) for level in LEVELS]))
    furnish(made, params)
    vouch(made)
    return made


@pytest.fixture(scope="module")
def variants(folder):
    return read_variants([folder / f"results/evaluations/{name}/0.json" for name in BLUR], 11)


NOTES = {"ours": "", "baseline": "one generator"}


def figures(variants, samples):
    with ExitStack() as stack:
        opened = {name: stack.enter_context(Shard(path)) for name, path in samples.items()}
        logs = {name: [[{"photos": 8, "l1": 0.5}]] for name in samples}
        return draw_figures(compare(variants, [], {}, 11), logs, Samples(opened), 11)


def shards(folder):
    return {name: folder / f"results/samples/{name}/0.zip" for name in BLUR}


def test_table_1_is_one_level_and_says_what_differs(variants, photos, tmp_path):
    shown = write_tables(
        compare(variants, no_models(photos), {}, 11), NOTES, tmp_path, ReportParams()
    )
    assert shown == (tmp_path / "table1.md").read_text()
    assert "N = 24" in shown and "training seed 0" in shown and "one generator" in shown
    with (tmp_path / "table1.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["level"] for row in rows} == {"11"}
    assert [row["variant"] for row in rows] == [*["ours", "baseline"] * 2, "mean face", "mean face"]
    assert [row["letters"] != "" for row in rows] == [True] * 4 + [False] * 2
    assert "no model" in shown
    assert all(float(row["low"]) < float(row["value"]) < float(row["high"]) for row in rows)


def test_the_blurrier_variant_loses_more_the_larger_d(variants, tmp_path):
    write_tables(compare(variants, [], {}, 11), NOTES, tmp_path, ReportParams())
    with (tmp_path / "paired.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["metric"] == LPIPS]
    gains = {row["level"]: float(row["low"]) for row in rows}
    assert 0 < gains["11"] < gains["30"]
    for name in ("table1", "robustness", "paired"):
        assert all((tmp_path / f"{name}.{kind}").stat().st_size for kind in ("csv", "md", "tex"))


def test_groups_of_enough_photos_are_scored_apart(variants, photos, tmp_path):
    groups = groups_of(photos).groups
    write_tables(compare(variants, [], groups, 11), NOTES, tmp_path, ReportParams())
    shown = (tmp_path / "groups.md").read_text()
    assert "skin: light (22)" in shown and "pose: frontal (24)" in shown
    assert "tan (" not in shown.partition("\n\n")[2].partition("\n\n")[0]
    write_tables(compare(variants, [], {}, 11), NOTES, tmp_path, ReportParams())
    assert "skin: light" not in (tmp_path / "groups.md").read_text()
    assert (tmp_path / "groups.csv").read_text().count("\n") == 1


def test_sheets_show_every_variant_and_photo(folder, variants, tmp_path, photos):
    made = {k: decode_png(v) for k, v in figures(variants, shards(folder)).items()}
    step = 256 + 6
    assert made["synthetic"].shape[1] // step == 4 and made["synthetic"].shape[0] // step == 5
    assert made["deformation"].shape[1] // step == 3
    assert made["painted"].shape[0] // (192 + 6) == len(LEVELS)
    assert made["worst"].shape[0] // (128 + 6) == 2  # variants, of two faces each
    first = cv2.resize(next(iter(photos.values())), (256, 256), interpolation=cv2.INTER_LANCZOS4)
    assert np.array_equal(made["synthetic"][40 : 40 + 256, 6 + step : 6 + step + 256], first)


def test_the_published_sheet_holds_no_photo(folder, variants, photos, tmp_path):
    black = {}
    for name, path in shards(folder).items():
        black[name] = tmp_path / f"{name}.zip"
        with Shard(path) as shard:
            members = [
                (
                    one,
                    encode_png(np.zeros((64, 64, 3), np.uint8))
                    if "photo" in one
                    else shard.read(one),
                )
                for one in shard.names
            ]
            write_shard(black[name], members, shard.index)
    before = figures(variants, shards(folder))
    after = figures(variants, black)
    assert before["painted"] == after["painted"] and before["deformation"] == after["deformation"]
    assert before["synthetic"] != after["synthetic"]


def test_samples_of_other_photos_are_refused(folder, tmp_path):
    with Shard(shards(folder)["ours"]) as shard:
        index = shard.index | {"ids": shard.index["ids"][1:]}
        write_shard(tmp_path / "other.zip", [], index)
        with (
            Shard(tmp_path / "other.zip") as other,
            pytest.raises(ShardError, match=r"other\.zip: expected the photos and levels of"),
        ):
            Samples({"ours": shard, "baseline": other})


def test_a_level_that_was_not_evaluated_is_named(folder):
    with pytest.raises(ConfigError, match=r"report\.level is 12, baseline .* \['0', '11', '30'\]"):
        read_variants([folder / "results/evaluations/baseline/0.json"], 12)


def test_a_log_that_is_none_is_named(tmp_path):
    (tmp_path / "0.jsonl").write_text('{"photos": 8}\n{"phot')
    with pytest.raises(ValueError, match=r"0\.jsonl: expected a training log"):
        read_log(tmp_path / "0.jsonl")


def test_metrics_are_the_numbers_of_table_1(variants):
    rows = [row for row in score_rows(variants) if row.level == "11"]
    metrics = headline(score_rows(variants), "11")
    assert len(rows) == 4
    assert [metrics[row.variant][row.metric] for row in rows] == [row.value for row in rows]


def test_the_command_writes_the_same_bytes_twice(folder):
    made = []
    for _ in range(2):
        for part in ("tables", "figures"):
            shutil.rmtree(folder / "results" / part, ignore_errors=True)
        done = Workplace(folder).run_stage("report", "--table", "main")
        results = folder / "results"
        files = [path for path in sorted(results.glob("[tfm]*/main*/**/*")) if path.is_file()]
        files.append(results / "metrics/main.json")
        made.append({str(path): path.read_bytes() for path in files})
    assert made[0] == made[1] and len(made[0]) == 12 + 2 + 10 + 2  # and metrics, and provenance
    assert "report main: 4 tables, 10 figures and a page: see results" in done.stderr
