"""Stage `evaluate` with an untrained painter on real photos."""

from contextlib import chdir

import numpy as np
import pytest
import torch

from facepencil.config.deform import DeformParams, PenParams
from facepencil.config.evaluate import EvaluateParams
from facepencil.config.model import ModelParams
from facepencil.config.params import Params
from facepencil.config.report import ReportParams
from facepencil.config.split import SplitParams
from facepencil.data.face_set import ids_of
from facepencil.data.testset import TestSet
from facepencil.evaluation.metrics import (
    ALEXNET,
    EFFICIENTNET,
    INCEPTION,
    feature_networks,
    load_networks,
)
from facepencil.evaluation.photo_features import photo_features, read_reference, write_reference
from facepencil.evaluation.record import FID, LPIPS, read_evaluation
from facepencil.evaluation.scores import Judge
from facepencil.images import decode_png
from facepencil.networks.generator import build_main
from facepencil.networks.painter import save_painter
from facepencil.store import Shard, ShardError
from facepencil.strokes.pen import Pen, TestSketcher
from pipeline import layout
from pipeline.dataset import dataset
from pipeline.deform import deform_shard
from pipeline.evaluate import Subject, evaluate, sample_ids, write_samples
from tests.fixtures.mlflow_store import database_of, runs
from tests.fixtures.stages import furnish, link, vouch

LEVELS = [0.0, 30.0]
HALF = SplitParams(test=0.5)
SINGLE = ModelParams(kind="single", sap=False, size=32, channels=8, downs=2, blocks=1)
PARAMS = EvaluateParams(batch=4, bootstrap=50, samples=3)


def deform_all(folder, shards):
    """The fixed sketches of the test faces, as stage `deform` draws them."""
    how = TestSketcher(0, Pen(128, 128, PenParams()))
    for shard, (faces, strokes) in enumerate(zip(*shards, strict=True)):
        deform_shard(strokes, faces, folder / f"data/deformed/{shard}.zip", HALF, how, LEVELS)


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
    return Subject("baseline", 0, folder / "models/baseline/0.safetensors")


@pytest.fixture(scope="module")
def networks(weights):
    return load_networks(weights, None)


@pytest.fixture(scope="module")
def judge(subject, networks):
    return Judge(subject.model, networks, torch.device("cpu"), "float32")


@pytest.fixture(scope="module")
def run(subject, judge, networks, tmp_path_factory):
    """Evaluates the subject on the test faces of a folder of so many shards."""

    def make(folder, shards, params=PARAMS):
        path = tmp_path_factory.mktemp("reference") / "32.safetensors"
        with open_tests(folder, shards) as tests:
            known = feature_networks(networks)
            features = photo_features(tests, known, 32, params.batch, judge.device)
            write_reference(path, features, tests.photos_digest())
            return evaluate(subject, judge, tests, path, params)

    return make


@pytest.fixture(scope="module")
def scores(folder, run):
    return run(folder, 2)


def test_only_test_photos_are_scored_at_every_level(folder, scores):
    faces = [folder / f"data/faces/{shard}.zip" for shard in range(2)]
    trained = ids_of(faces, "train", 0, HALF)
    assert scores.n == len(scores.ids) >= 8
    assert not set(scores.ids) & set(trained)
    assert list(scores.levels) == ["0", "30"]
    for level in scores.levels.values():
        assert list(level) == [LPIPS, "FD-EffLite0", "KID-EffLite0", "L1"]
        assert all(score.low <= score.value <= score.high for score in level.values())
        assert len(level["FD-EffLite0"].draws) == PARAMS.bootstrap
        assert level[LPIPS].draws is level["KID-EffLite0"].photos is None


def test_numbers_are_those_of_the_pictures_on_disk(folder, judge, networks, scores, tmp_path):
    path = tmp_path / "samples.zip"
    with open_tests(folder, 2) as tests:
        write_samples(path, judge, tests, scores.ids)
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


def test_the_mean_is_that_of_the_photos(scores):
    for metric in (LPIPS, "L1"):
        score = scores.levels["0"][metric]
        assert score.value == pytest.approx(np.mean(score.photos), abs=2e-6)


def test_the_number_of_shards_leaves_no_trace(make_shards, run, scores, tmp_path):
    deform_all(tmp_path, make_shards(tmp_path, 3, 128))
    assert run(tmp_path, 3).text() == scores.text()


def test_the_batch_does_not_matter(folder, run, scores):
    other = run(folder, 2, PARAMS.model_copy(update={"batch": 5}))
    for level in scores.levels:
        assert other.levels[level][LPIPS].photos == pytest.approx(
            scores.levels[level][LPIPS].photos, abs=2e-3
        )
        assert other.levels[level]["FD-EffLite0"].value == pytest.approx(
            scores.levels[level]["FD-EffLite0"].value, rel=1e-2
        )


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
        load_networks(lambda name: files.get(name) or weights(name), "0" * 64)


def test_features_of_another_test_set_are_refused(tmp_path):
    write_reference(tmp_path / "32.safetensors", {"net": torch.ones(2, 3)}, "one")
    assert torch.equal(read_reference(tmp_path / "32.safetensors", "one")["net"], torch.ones(2, 3))
    with pytest.raises(ValueError, match=r"32\.safetensors: .*photos one, expected .* other"):
        read_reference(tmp_path / "32.safetensors", "other")
    (tmp_path / "32.safetensors").write_bytes(b"text")
    with pytest.raises(ValueError, match=r"32\.safetensors: expected features"):
        read_reference(tmp_path / "32.safetensors", "one")


@pytest.mark.slow
def test_the_commands_write_the_same_bytes_twice_and_tell_mlflow(folder, weights, scores):
    params = Params(
        shards=[0, 1],
        split=HALF,
        tables={"main": ["baseline"]},
        model=SINGLE,
        deform=DeformParams(levels=LEVELS),
        evaluate=PARAMS,
        report=ReportParams(level=30),
    )
    place = furnish(folder, params)
    for file in (ALEXNET, EFFICIENTNET):
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
    found = read_evaluation(folder / files[0])
    assert (found.ids, FID in found.metrics) == (scores.ids, False)
    assert f"{found.levels['30'][LPIPS].value:.3f}" in done.stderr
    (run,) = runs(database_of(folder))
    assert run.data.metrics[f"test/{LPIPS}/d30"] == found.levels["30"][LPIPS].value
