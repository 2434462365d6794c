"""Stage `evaluate` with an untrained painter on real photos."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mlflow import MlflowClient

from facepencil.config.deform import DeformParams
from facepencil.config.evaluate import EvaluateParams
from facepencil.config.model import ModelParams
from facepencil.config.params import Params
from facepencil.config.split import SplitParams
from facepencil.config.text import commented_yaml
from facepencil.config.vectorize import VectorizeParams
from facepencil.data.face_set import ids_of
from facepencil.data.testset import TestSet, TestSketcher
from facepencil.evaluation.metrics import ALEXNET, EFFICIENTNET, INCEPTION, load_networks
from facepencil.evaluation.record import FID, LPIPS, read_evaluation
from facepencil.evaluation.scores import Judge
from facepencil.images import decode_png, encode_png, resize
from facepencil.networks.generator import build_main
from facepencil.networks.painter import save_painter
from facepencil.store import Shard, ShardError, write_shard
from facepencil.strokes.pen import Pen
from facepencil.strokes.strokes import write_strokes
from facepencil.strokes.vectorize import vectorize
from pipeline.deform import deform_shard
from pipeline.evaluate import Subject, evaluate, sample_ids, write_samples

ROOT = Path(__file__).parents[2]
LEVELS = [0.0, 30.0]
HALF = SplitParams(test=0.5)
SINGLE = ModelParams(kind="single", sap=False, size=32, channels=8, downs=2, blocks=1)
PARAMS = EvaluateParams(batch=4, bootstrap=50, samples=3)


def make_data(folder, photos, shards):
    """Faces and deformed sketches of `photos` in so many shards, as the chain makes them."""
    trace = VectorizeParams()
    for shard in range(shards):
        crops = {name: resize(photos[name], 128) for name in sorted(photos)[shard::shards]}
        members = [(f"{name}.png", encode_png(crop)) for name, crop in crops.items()]
        index = {"size": 128, "faces": [{"id": name, "photo": name} for name in crops]}
        write_shard(folder / f"data/faces/{shard}.zip", members, index)
        edges = {name: 255 - cv2.Canny(crop, 60, 140) for name, crop in crops.items()}
        strokes = folder / f"data/strokes/{shard}.npz"
        write_strokes(
            strokes,
            {k: vectorize(v, trace.tolerance_px, trace.min_length_px) for k, v in edges.items()},
        )
        how = TestSketcher(0, Pen(128, 128, DeformParams(levels=LEVELS)))
        faces, out = folder / f"data/faces/{shard}.zip", folder / f"data/deformed/{shard}.zip"
        deform_shard(strokes, faces, out, HALF, how)


def open_tests(folder, shards, seed=0):
    faces = [folder / f"data/faces/{shard}.zip" for shard in range(shards)]
    deformed = [folder / f"data/deformed/{shard}.zip" for shard in range(shards)]
    return TestSet(ids_of(faces, "test", seed, HALF), faces, deformed)


@pytest.fixture(scope="module")
def photos(celeba_photos):
    found = {}
    for name, data in celeba_photos.items():
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
        found[name] = pixels[20:198]
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory, photos):
    made = tmp_path_factory.mktemp("evaluate")
    make_data(made, photos, 2)
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
    return Judge(subject.model, networks, torch.device("cpu"))


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


def test_numbers_are_those_of_the_pictures_on_disk(folder, judge, metrics, scores, tmp_path):
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
            distance = metrics.lpips(pair[:1], pair[1:]).item()
            assert scores.levels["30"][LPIPS].photos[place] == pytest.approx(distance, abs=1e-5)


def test_the_mean_is_that_of_the_photos(scores):
    for metric in (LPIPS, "L1"):
        score = scores.levels["0"][metric]
        assert score.value == pytest.approx(np.mean(score.photos), abs=2e-6)


def test_the_number_of_shards_leaves_no_trace(photos, subject, judge, scores, tmp_path):
    make_data(tmp_path, photos, 3)
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


def environment(folder):
    uri = {"MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"}
    return os.environ | uri | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def tracked(folder):
    """Metrics of the only run that MLflow has."""
    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    (run,) = client.search_runs([one.experiment_id for one in client.search_experiments()])
    return run.data.metrics


@pytest.mark.slow
def test_the_command_writes_the_same_bytes_twice_and_tells_mlflow(folder, weights, scores):
    for file in (ALEXNET, EFFICIENTNET):
        path = folder / "data/weights" / file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(weights(file).read_bytes())
    params = Params(shards=[0, 1], split=HALF, evaluate=PARAMS)
    (folder / "params.yaml").write_text(commented_yaml(params))
    made = []
    for _ in range(2):
        command = [
            sys.executable,
            "-m",
            "pipeline.evaluate",
            "--variant",
            "baseline",
            "--seed",
            "0",
        ]
        done = subprocess.run(
            command, cwd=folder, env=environment(folder), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        files = ("results/evaluations/baseline/0.json", "results/samples/baseline/0.zip")
        made.append([(folder / file).read_bytes() for file in files])
    assert made[0] == made[1]
    found = read_evaluation(folder / files[0])
    assert (found.ids, FID in found.metrics) == (scores.ids, False)
    assert f"{found.levels['30'][LPIPS].value:.4f}" in done.stdout
    assert tracked(folder)[f"test/{LPIPS}/d30"] == found.levels["30"][LPIPS].value
