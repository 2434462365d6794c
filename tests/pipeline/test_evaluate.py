"""Stage `evaluate` with an untrained painter on real photos."""

from contextlib import chdir

import numpy as np
import pytest
import torch

from facepencil.config.crop import CropParams
from facepencil.config.deform import DeformParams, PenParams
from facepencil.config.evaluate import EvaluateParams
from facepencil.config.model import ModelParams
from facepencil.config.params import Params
from facepencil.config.report import ReportParams
from facepencil.config.sketch import SketchParams
from facepencil.config.split import SplitParams
from facepencil.data import testset
from facepencil.data.face_set import ids_of
from facepencil.data.testset import TestSet
from facepencil.evaluation.groups_record import read_photo_groups
from facepencil.evaluation.metrics import METRICS
from facepencil.evaluation.observers import ALEXNET, INCEPTION, REDRAWN, load_networks
from facepencil.evaluation.painters import (
    Candidate,
    Shown,
    chosen_widths,
    model_paint,
    reference_painters,
    sample_ids,
    told_inputs,
)
from facepencil.evaluation.photo_features import photo_features, read_reference, write_reference
from facepencil.evaluation.record import FID, LPIPS, read_evaluation, read_reference_rows
from facepencil.evaluation.scores import Judge, evaluate
from facepencil.images import decode_png, encode_png
from facepencil.networks.blocks import ToldScale
from facepencil.networks.generator import build_main
from facepencil.networks.painter import palette_entry, save_painter
from facepencil.networks.told import tell
from facepencil.store import Shard, ShardError
from facepencil.strokes.pen import Pen, TestSketcher, change_names
from facepencil.tensors import photo_pixels, photo_tensor
from pipeline import layout
from pipeline.dataset import dataset
from pipeline.deform import deform_shard
from pipeline.evaluate import worst_ids, write_samples
from pipeline.graph import METRIC_WEIGHTS
from tests.fixtures.faces import FaceShards, in_memory
from tests.fixtures.mlflow_store import database_of, runs
from tests.fixtures.stages import furnish, link, vouch

LEVELS = [0.0, 30.0]
CHANGES = change_names(["drop"])
HALF = SplitParams(test=0.5)
SINGLE = ModelParams(kind="single", sap=False, size=32, channels=8, downs=2, blocks=1)
PARAMS = EvaluateParams(batch=4, bootstrap=50, samples=3, sketched=3, changed=5)
SKETCH = SketchParams(size=128, speck_px=10)


def deform_all(folder, shards):
    """The fixed sketches of the test faces, as stage `deform` draws them."""
    how = TestSketcher(0, Pen(128, 128, PenParams()))
    for shard, (faces, strokes) in enumerate(zip(*shards, strict=True)):
        out = folder / f"data/deformed/{shard}.zip"
        deform_shard(strokes, faces, out, HALF, how, LEVELS, CHANGES)


def open_tests(folder, shards, seed=0):
    faces = [folder / f"data/faces/{shard}.zip" for shard in range(shards)]
    deformed = [folder / f"data/deformed/{shard}.zip" for shard in range(shards)]
    return TestSet(ids_of(faces, "test", seed, HALF), faces, deformed)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, make_shards):
    made = tmp_path_factory.mktemp("evaluate")
    deform_all(made, make_shards(made, 2, 128))
    torch.manual_seed(0)
    save_painter(made / "models/baseline/0.safetensors", build_main(SINGLE, None), SINGLE, {})
    return made


@pytest.fixture(scope="module")
def subject(folder):
    model = folder / "models/baseline/0.safetensors"
    paint, built = model_paint(model, torch.device("cpu"), "float32")
    return Candidate(paint, built.size, "baseline", 0, "beef")


@pytest.fixture(scope="module")
def networks(weights):
    return load_networks(weights, None, CropParams(), SKETCH)


@pytest.fixture(scope="module")
def judge(networks):
    return Judge(networks, torch.device("cpu"))


@pytest.fixture(scope="module")
def run(subject, judge):
    """Evaluates the subject on the test faces of a folder of so many shards."""

    def make(folder, shards, params=PARAMS):
        with open_tests(folder, shards) as tests:
            real = photo_features(tests, judge, 32, params)
            return evaluate(subject, judge, tests, real, params)

    return make


@pytest.fixture(scope="module")
def scores(folder, run):
    return run(folder, 2)


def test_changed_sketches_are_scored_on_a_part_of_the_photos(folder, subject, networks, scores):
    found = scores.changed
    assert len(found.ids) == 5 and set(found.ids) < set(scores.ids)
    assert list(found.levels) == CHANGES
    with open_tests(folder, 2) as tests:
        name = found.ids[2]
        photo = photo_tensor(tests.photos([name], 32))
        face = photo_tensor(subject.paint(tests, CHANGES[-1], [name]))
    distance = networks[ALEXNET](face, photo).item()
    assert found.levels[CHANGES[-1]][LPIPS].photos[2] == pytest.approx(distance, abs=1e-5)
    assert found.levels[CHANGES[0]]["KID-EffLite0"].draws
    assert not {"FD-EffLite0", "Chamfer"} & found.levels[CHANGES[0]].keys()


def test_only_test_photos_are_scored_at_every_level(folder, scores):
    faces = [folder / f"data/faces/{shard}.zip" for shard in range(2)]
    trained = ids_of(faces, "train", 0, HALF)
    assert scores.n == len(scores.ids) >= 8
    assert not set(scores.ids) & set(trained)
    assert list(scores.levels) == ["0", "30"]
    for level in scores.levels.values():
        assert list(level) == [metric.name for metric in METRICS if metric.name != FID]
        assert all(score.low <= score.value <= score.high for score in level.values())
        assert len(level["FD-EffLite0"].draws) == PARAMS.bootstrap
        assert level[LPIPS].draws is level["KID-EffLite0"].photos is None


def test_numbers_are_those_of_the_pictures_on_disk(folder, subject, networks, scores, tmp_path):
    path = tmp_path / "samples.zip"
    with open_tests(folder, 2) as tests:
        shown = Shown(scores.ids, tests.levels, [], 30.0)
        write_samples(path, subject, tests, shown, None)
        photos = tests.photos(scores.ids, 32)
    with Shard(path) as shard:
        for place, name in enumerate(scores.ids):
            painted = decode_png(shard.read(f"30/{name}.png"))
            photo = decode_png(shard.read(f"{name}.photo.png"))
            assert np.array_equal(photo, photos[place])
            apart = np.abs(painted.astype(float) - photo).mean() / 255
            assert scores.levels["30"]["L1"].photos[place] == pytest.approx(apart, abs=2e-6)
            pair = torch.from_numpy(np.stack([painted, photo])).permute(0, 3, 1, 2) / 127.5 - 1
            distance = networks[ALEXNET](pair[:1], pair[1:]).item()
            assert scores.levels["30"][LPIPS].photos[place] == pytest.approx(distance, abs=1e-5)


def test_the_worst_faces_are_those_of_the_largest_lpips(folder, subject, scores, tmp_path):
    path = tmp_path / "samples.zip"
    each = dict(zip(scores.ids, scores.levels["30"][LPIPS].photos, strict=True))
    worst = worst_ids(scores, "30", 3)
    assert worst == sorted(each, key=each.get, reverse=True)[:3]
    with open_tests(folder, 2) as tests:
        write_samples(path, subject, tests, Shown(worst[:1], tests.levels, worst, 30.0), None)
    with Shard(path) as shard:
        assert {f"30/{name}.png" for name in worst} <= set(shard.names)
        assert [name for name in shard.names if name.startswith("0/")] == [
            f"0/{worst[0]}.sketch.png",
            f"0/{worst[0]}.png",
        ]


def test_attention_shows_its_widths_and_a_model_without_shows_none(folder, tmp_path):
    model = ModelParams(size=32, channels=8, downs=2, blocks=1, attention_features=False)
    save_painter(tmp_path / "0.safetensors", build_main(model, None), model, {})
    cpu = torch.device("cpu")
    widths = chosen_widths(tmp_path / "0.safetensors", cpu)
    with open_tests(folder, 2) as tests:
        found = widths(tests, 30.0, tests.ids[:2])
    assert found.shape == (2, 32, 32) and found.dtype == np.uint8 and np.ptp(found) > 0
    assert chosen_widths(folder / "models/baseline/0.safetensors", cpu) is None


def test_a_model_that_is_told_paints_by_level_and_by_the_palette_of_each_photo(folder, tmp_path):
    model = SINGLE.model_copy(update={"palette": True, "level_told": True})
    torch.manual_seed(0)
    net = build_main(model, None)
    for layer in net.modules():
        if isinstance(layer, ToldScale):
            torch.nn.init.normal_(layer.weight, 0, 0.5)
    path, cpu = tmp_path / "0.safetensors", torch.device("cpu")
    dark, light = np.zeros((3, 3), np.uint8), np.full((3, 3), 255, np.uint8)
    save_painter(path, net, model, palette_entry(dark))
    with open_tests(folder, 2) as tests:
        ids = tests.ids[:2]
        known = {ids[0]: dark, ids[1]: light}
        paint, built = model_paint(path, cpu, "float32", known)
        assert told_inputs(built) == ["level", "palette"]
        found = paint(tests, 30.0, ids)
        sketches = tests.sketches(30.0, ids, 32)
        wanted = net.eval()(sketches, tell(model, [1.0, 1.0], np.stack([dark, light]))).image
        assert np.array_equal(found, photo_pixels(wanted.detach()))
        with pytest.raises(ShardError, match="no palettes of the faces"):
            paint(tests, 30.0, tests.ids[:3])


def test_the_mean_is_that_of_the_photos(scores):
    for metric in (LPIPS, "L1"):
        score = scores.levels["0"][metric]
        assert score.value == pytest.approx(np.mean(score.photos), abs=2e-6)


def test_the_number_of_shards_leaves_no_trace(make_shards, run, scores, tmp_path):
    deform_all(tmp_path, make_shards(tmp_path, 3, 128))
    assert run(tmp_path, 3).text() == scores.text()


def test_the_batch_does_not_matter(folder, run, scores):
    other = run(folder, 2, PARAMS.model_copy(update={"batch": 3}))
    for level in scores.levels:
        assert other.levels[level][LPIPS].photos == pytest.approx(
            scores.levels[level][LPIPS].photos, abs=2e-3
        )
        for name, found in scores.levels[level].items():
            again = other.levels[level][name]
            assert again.value == pytest.approx(found.value, rel=1e-2, abs=1e-3), name


def test_lines_are_compared_in_some_photos_and_all_else_in_every_one(scores):
    assert len(scores.sketched) == PARAMS.sketched
    assert scores.sketched == [name for name in scores.ids if name in scores.sketched]
    for name, found in scores.levels["30"].items():
        if found.photos is not None:
            few = name in ("Chamfer", "line-F1")
            assert len(found.photos) == (PARAMS.sketched if few else scores.n)


def test_the_lines_wanted_are_those_of_the_undeformed_sketch(folder, judge):
    with open_tests(folder, 2) as tests:
        lines = photo_features(tests, judge, 32, PARAMS)[REDRAWN]
        name = sorted(sample_ids(tests.ids, PARAMS.sketched))[0]
        drawn = decode_png(tests.sketch_png(0.0, name)) == 0
    assert lines.shape == (PARAMS.sketched, 128, 128)
    assert not (lines[0].numpy() & ~drawn).any()
    assert lines[0].sum() > 0.8 * drawn.sum()


def test_samples_do_not_depend_on_other_photos():
    names = [f"{number:06d}" for number in range(100)]
    chosen = sample_ids(names, 10)
    assert chosen == sample_ids(names[::-1], 10)
    fewer = [name for name in names if name not in chosen[:3]]
    assert sample_ids(fewer, 7) == chosen[3:]


def test_sketches_of_another_split_are_refused(folder):
    with pytest.raises(ShardError, match="test split"):
        open_tests(folder, 2, seed=1)


def test_another_hash_of_inception_is_refused(weights, tmp_path):
    (tmp_path / INCEPTION).write_bytes(b"something else")
    files = {INCEPTION: tmp_path / INCEPTION}
    with pytest.raises(ValueError, match=r"expected sha256 0000.*found [0-9a-f]{64}"):
        load_networks(lambda name: files.get(name) or weights(name), "0" * 64, CropParams(), SKETCH)


def test_features_of_another_test_set_are_refused(tmp_path):
    write_reference(tmp_path / "32.safetensors", {"net": torch.ones(2, 3)}, "one")
    assert torch.equal(read_reference(tmp_path / "32.safetensors", "one")["net"], torch.ones(2, 3))
    with pytest.raises(ValueError, match=r"32\.safetensors: .*photos one, expected .* other"):
        read_reference(tmp_path / "32.safetensors", "other")
    (tmp_path / "32.safetensors").write_bytes(b"text")
    with pytest.raises(ValueError, match=r"32\.safetensors: expected features"):
        read_reference(tmp_path / "32.safetensors", "one")


@pytest.fixture(scope="module")
def known(folder):
    """The training faces, at 32 px."""
    faces, strokes = (
        [folder / f"data/{kind}/{shard}.{end}" for shard in range(2)]
        for kind, end in (("faces", "zip"), ("strokes", "npz"))
    )
    return in_memory(FaceShards(faces, strokes), ids_of(faces, "train", 0, HALF), 32)


@pytest.fixture(scope="module")
def others(folder, known):
    """Who is no model, by name."""
    with open_tests(folder, 2) as tests:
        found = reference_painters(tests, known, Pen(128, 32, PenParams()))
    return {painter.variant: painter for painter in found}


def test_other_photos_are_training_photos_each_once_where_there_are_enough(folder, known, others):
    with open_tests(folder, 2) as tests:
        faces = others["photos"].paint(tests, 0.0, tests.ids)
        again = others["photos"].paint(tests, 30.0, tests.ids[3:5])
    assert np.array_equal(again, faces[3:5])
    places = [
        int(np.abs(known.photos.astype(int) - face).sum((1, 2, 3)).argmin()) for face in faces
    ]
    assert all(
        np.array_equal(known.photos[one], face) for one, face in zip(places, faces, strict=True)
    )
    assert len(set(places)) == min(len(places), len(known.ids))


def test_the_mean_face_is_the_mean_of_the_training_photos(folder, known, others):
    with open_tests(folder, 2) as tests:
        faces = others["mean face"].paint(tests, 30.0, tests.ids[:2])
    assert np.abs(faces - known.photos.mean(axis=0)).max() <= 0.5


def test_the_nearest_face_to_the_sketch_of_a_known_one_is_itself(known):
    pen = Pen(128, 32, PenParams())
    painter = {one.variant: one for one in reference_painters(Sketches(known, pen), known, pen)}
    for level, share in ((0.0, 1.0), (11.0, 0.8)):
        found = painter["nearest"].paint(Sketches(known, pen), level, known.ids)
        hits = [
            np.array_equal(face, photo) for face, photo in zip(found, known.photos, strict=True)
        ]
        assert np.mean(hits) >= share


class Sketches:
    """The training faces as if they were a test set."""

    def __init__(self, known, pen):
        self.ids = known.ids
        self._strokes = dict(zip(known.ids, known.strokes, strict=True))
        self._sketcher = TestSketcher(0, pen)

    def sketch_png(self, level, name):
        return encode_png(self._sketcher.draw(name, self._strokes[name], level))


def test_scores_of_other_photos_are_those_of_sets_alike(folder, judge, others):
    """Blind painters are looked at once; the mean face has one class and no person's face."""
    with open_tests(folder, 2) as tests:
        real = photo_features(tests, judge, 32, PARAMS)
        found = {
            name: evaluate(others[name], judge, tests, real, PARAMS)
            for name in ("photos", "mean face")
        }
    photos, mean = (found[name].levels["0"] for name in ("photos", "mean face"))
    assert found["photos"].levels["30"] == photos
    assert found["photos"].seed is found["photos"].conditions.model_sha256 is None
    assert photos["KID-EffLite0"].value < 0.2 < mean["KID-EffLite0"].value
    assert mean["IS-EffLite0"].value == pytest.approx(1, abs=1e-3)
    assert mean["spectrum"].value > 3 * photos["spectrum"].value
    assert photos["identity"].value > 0.6


@pytest.mark.slow
def test_the_commands_write_the_same_bytes_twice_and_tell_mlflow(folder, weights, scores):
    params = Params(
        shards=[0, 1],
        split=HALF,
        tables={"main": ["baseline"]},
        model=SINGLE,
        deform=DeformParams(levels=LEVELS),
        sketch=SKETCH,
        evaluate=PARAMS,
        report=ReportParams(level=30),
    )
    place = furnish(folder, params)
    for file in METRIC_WEIGHTS:
        link(folder, layout.weights(file), weights(file))
    shards = [
        make(shard) for make in (layout.faces, layout.strokes, layout.deformed) for shard in (0, 1)
    ]
    with chdir(folder):
        dataset(shards, (layout.train_set(), layout.test_set()), params.seed, HALF)
    (folder / layout.training_log("baseline", 0)).write_text("")
    vouch(folder)
    place.run_stage("reference", "--size", "32")
    files = (layout.evaluation("baseline", 0), layout.samples("baseline", 0))
    made = []
    for _ in range(2):
        done = place.run_stage("evaluate", "--variant", "baseline", "--seed", "0")
        made.append([(folder / file).read_bytes() for file in files])
    assert made[0] == made[1]
    rows = read_reference_rows(folder / layout.reference_rows(32))
    assert [row.variant for row in rows] == ["photos", "mean face", "nearest"]
    assert all(row.ids == scores.ids and list(row.levels) == list(scores.levels) for row in rows)
    groups = read_photo_groups(folder / layout.photo_groups(32))
    for found_in in groups.values():
        assert sorted(name for ids in found_in.values() for name in ids) == sorted(scores.ids)
    found = read_evaluation(folder / files[0])
    assert (found.ids, FID in found.metrics) == (scores.ids, False)
    assert f"{found.levels['30'][LPIPS].value:.3f}" in done.stderr
    (run,) = runs(database_of(folder))
    assert run.data.metrics[f"test/{LPIPS}/d30"] == found.levels["30"][LPIPS].value


def test_of_more_test_photos_some_are_looked_at_the_same_every_time(folder, monkeypatch):
    with open_tests(folder, 2) as tests:
        every, photos = tests.ids, tests.photos(tests.ids, 32)
    monkeypatch.setattr(testset, "MOST_TESTED", 3)
    with open_tests(folder, 2) as tests, open_tests(folder, 2) as again:
        places = [every.index(name) for name in tests.ids]
        assert len(places) == 3 and places == sorted(places) and tests.ids == again.ids
        assert np.array_equal(tests.photos(tests.ids, 32), photos[places])
