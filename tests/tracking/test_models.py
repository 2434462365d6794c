"""Painters logged with their runs, and the best of them registered and loaded again."""

from collections.abc import Callable
from pathlib import Path

import mlflow
import numpy as np
import pytest
import torch
from mlflow import MlflowClient
from typer.testing import CliRunner

import facepencil
from facepencil.cli import app
from facepencil.config.model import ModelParams
from facepencil.networks.generator import build_main
from facepencil.networks.painter import load_painter, save_painter
from facepencil.serving.paint import paint_drawings
from facepencil.tracking.models import (
    NothingToRegister,
    chosen_metric,
    example_drawing,
    register_best,
)
from facepencil.tracking.run import Tracker

CODE = Path(facepencil.__path__[0]) / "serving/pyfunc.py"
SMALL = ModelParams(
    kind="single", sap=False, size=32, channels=4, downs=2, blocks=1, discriminator_channels=4
)


def save_weights(path: Path, seed: int) -> Path:
    torch.manual_seed(seed)
    save_painter(path, build_main(SMALL, None), SMALL, {"variant": "ours"})
    return path


@pytest.fixture
def trained(spool: Path, tmp_path: Path) -> Callable[[str, int, dict[str, float]], Path]:
    """Tracks a training of an experiment that ended with those metrics; returns the weights."""

    def train(experiment: str, seed: int, metrics: dict[str, float]) -> Path:
        tags = {"fingerprint": f"{experiment}-{seed}"}
        weights = save_weights(tmp_path / f"{seed}.safetensors", seed)
        with Tracker.start(experiment, f"ours/{seed}", {"variant": "ours"}, tags, spool) as run:
            run.metrics(metrics, 0)
            run.model(weights, CODE, example_px=32)
        return weights

    return train


@pytest.mark.timeout(300)
def test_the_best_is_registered_once_and_paints_as_its_weights_do(trained, database, capfd):
    trained("register", 0, {"val/lpips": 0.4})
    weights = trained("register", 1, {"val/lpips": 0.3, "test/LPIPS-Alex/d30": 0.9})
    arguments = ["track", "register", "--experiment", "register", "--name", "painter"]
    for _ in range(2):
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 0, done.output
        assert "painter version 1: ours/1, val/lpips 0.3000" in done.stdout
    mlflow.set_tracking_uri(database)
    model = mlflow.pyfunc.load_model("models:/painter@best")
    drawings = example_drawing(48)
    assert np.array_equal(model.predict(drawings), paint_drawings(load_painter(weights), drawings))
    assert model.predict(drawings).shape == (1, 32, 32, 3)
    with pytest.raises(ValueError, match="the model is not told colours"):
        model.predict(drawings, params={"hair": "red"})
    assert "tracking:" not in capfd.readouterr().err


@pytest.mark.timeout(300)
def test_a_run_has_one_model_however_often_it_is_sent(trained, database):
    for _ in range(2):
        trained("twice", 3, {"val/lpips": 0.4})
    client = MlflowClient(database)
    place = client.get_experiment_by_name("twice").experiment_id
    (run,) = client.search_runs([place])
    (model,) = client.search_logged_models([place])
    assert model.source_run_id == run.info.run_id and model.status == "READY"
    assert model.name == "ours-3"
    assert [one.model_id for one in run.outputs.model_outputs] == [model.model_id] * len(
        run.outputs.model_outputs
    )


@pytest.mark.timeout(300)
def test_nothing_is_registered_in_place_of_a_best_run_without_a_model(trained, spool, database):
    trained("bare", 0, {"val/lpips": 0.4})
    tags = {"fingerprint": "bare"}
    with Tracker.start("bare", "best/0", {}, tags, spool) as run:
        run.metrics({"val/lpips": 0.1}, 0)
    client = MlflowClient(database)
    with pytest.raises(NothingToRegister, match="best/0 is best by val/lpips and has no"):
        register_best(client, "bare", None, "bare")
    with pytest.raises(NothingToRegister, match="'val/L1'"):
        register_best(client, "bare", "val/L1", "bare")
    assert client.search_registered_models("name = 'bare'") == []


def test_validation_photos_choose_and_the_highest_level_counts():
    test = ["test/LPIPS-Alex/d9", "test/LPIPS-Alex/d30", "test/L1/d40"]
    assert chosen_metric(test) == "test/LPIPS-Alex/d30"
    assert chosen_metric([*test, "val/lpips"]) == "val/lpips"
    assert chosen_metric([*test, "val/lpips/d0", "val/lpips/d11"]).endswith("d11")
    with pytest.raises(NothingToRegister, match="evaluate one first"):
        chosen_metric(["test/L1/d40"])
