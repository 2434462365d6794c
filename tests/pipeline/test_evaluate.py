"""Stage `evaluate` with an untrained painter on real photos."""

import numpy as np
import pytest
import torch

from facepencil.config.deform import DeformParams
from facepencil.config.evaluate import EvaluateParams
from facepencil.config.model import ModelParams
from facepencil.config.params import Params
from facepencil.config.split import SplitParams
from facepencil.config.text import commented_yaml
from facepencil.data.face_set import ids_of
from facepencil.data.testset import TestSet, TestSketcher
from facepencil.evaluation.metrics import ALEXNET, EFFICIENTNET, INCEPTION, load_networks
from facepencil.evaluation.record import FID, LPIPS, read_evaluation
from facepencil.evaluation.scores import Judge
from facepencil.images import decode_png
from facepencil.networks.generator import build_main
from facepencil.networks.painter import save_painter
from facepencil.store import Shard, ShardError
from facepencil.strokes.pen import Pen
from pipeline.deform import deform_shard
from pipeline.evaluate import Subject, evaluate, sample_ids, write_samples
from tests.fixtures.commands import Workplace
from tests.fixtures.mlflow_store import database_of, runs

LEVELS = [0.0, 30.0]
HALF = SplitParams(test=0.5)
SINGLE = ModelParams(kind="single", sap=False, size=32, channels=8, downs=2, blocks=1)
PARAMS = EvaluateParams(batch=4, bootstrap=50, samples=3)


def deform_all(folder, shards):
    """The fixed sketches of the test faces, as stage `deform` draws them."""
    how = TestSketcher(0, Pen(128, 128, DeformParams(levels=LEVELS)))
    for shard, (faces, strokes) in enumerate(zip(*shards, strict=True)):
        deform_shard(strokes, faces, folder / f"data/deformed/{shard}.zip", HALF, how)


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
def scores(folder, subject, judge):
    with open_tests(folder, 2) as tests:
        return evaluate(subject, judge, tests, PARAMS)


def test_only_test_photos_are_scored_at_every_level(folder, scores):
    faces = [folder / f"data/faces/{shard}.zip" for shard in range(2)]
    trained = ids_of(faces, "train", 0, HALF)
    assert scores.n == len(scores.ids) >= 8
    assert not set(scores.ids) & set(trained)
    assert list(scores.levels) == ["0", "30"]
    for level in scores.levels.values():
        assert list(level) == [LPIPS, "FD-EffLite0", "KID-EffLite0", "L1"]
        assert all(score.low <= score.value <= score.high for score in level.values())


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


def test_the_number_of_shards_leaves_no_trace(make_shards, subject, judge, scores, tmp_path):
    deform_all(tmp_path, make_shards(tmp_path, 3, 128))
    with open_tests(tmp_path, 3) as tests:
        assert evaluate(subject, judge, tests, PARAMS).text() == scores.text()


def test_the_batch_does_not_matter(folder, subject, judge, scores):
    with open_tests(folder, 2) as tests:
        other = evaluate(subject, judge, tests, PARAMS.model_copy(update={"batch": 5}))
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


@pytest.mark.slow
def test_the_command_writes_the_same_bytes_twice_and_tells_mlflow(folder, weights, scores):
    (folder / "data/weights").mkdir()
    for file in (ALEXNET, EFFICIENTNET):
        (folder / "data/weights" / file).symlink_to(weights(file))
    params = Params(shards=[0, 1], split=HALF, evaluate=PARAMS)
    (folder / "params.yaml").write_text(commented_yaml(params))
    files = ("results/evaluations/baseline/0.json", "results/samples/baseline/0.zip")
    made = []
    for _ in range(2):
        done = Workplace(folder).run_stage("evaluate", "--variant", "baseline", "--seed", "0")
        made.append([(folder / file).read_bytes() for file in files])
    assert made[0] == made[1]
    found = read_evaluation(folder / files[0])
    assert (found.ids, FID in found.metrics) == (scores.ids, False)
    assert f"{found.levels['30'][LPIPS].value:.4f}" in done.stdout
    (run,) = runs(database_of(folder))
    assert run.data.metrics[f"test/{LPIPS}/d30"] == found.levels["30"][LPIPS].value
