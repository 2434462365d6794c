"""The stages `classifier` and `train` as they are run: in processes of their own, and killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml

from facepencil.config.params import load_params
from facepencil.networks.painter import load_painter
from facepencil.store import write_text
from pipeline import layout
from pipeline.classifier import classifier
from pipeline.train import Inputs, job_fingerprint

ROOT = Path(__file__).parents[2]
STATES = "state/*/state.pt"
PATIENCE_S = 300


@pytest.fixture(scope="module")
def house(tmp_path_factory, make_shards, weights: Callable[[str], Path]) -> Path:
    """A repository of two small shards, with everything that `train` reads."""
    root = tmp_path_factory.mktemp("house")
    for name in ("src", "pipeline"):
        (root / name).symlink_to(ROOT / name)
    make_shards(root, 2)
    (root / layout.weights("x")).parent.mkdir(parents=True)
    for file in ("vgg16_lpips.ckpt", "alexnet_lpips.ckpt"):
        (root / layout.weights(file)).symlink_to(weights(file))
    params = yaml.safe_load((ROOT / "presets/test.yaml").read_text())
    params["sketch"]["size"] = 64
    params["train"]["stages"] = [8, 8, 40]
    params["watch"]["state_every"] = 12
    write_text(root / layout.PARAMS, yaml.safe_dump(params))
    done = subprocess.run(command("classifier"), cwd=root, env=environment(root), check=True)
    assert done.returncode == 0
    return root


def command(stage: str, *options: str) -> list[str]:
    return [sys.executable, "-m", f"pipeline.{stage}", *options]


def environment(root: Path) -> dict[str, str]:
    uri = f"sqlite:///{root / 'mlflow.db'}"
    return {**os.environ, "MLFLOW_TRACKING_URI": uri, "OMP_NUM_THREADS": "1"}


def run_train(root: Path, variant: str = "ours", seed: int = 0) -> str:
    options = ("--variant", variant, "--seed", str(seed))
    done = subprocess.run(
        command("train", *options), cwd=root, env=environment(root), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def outputs(root: Path, variant: str = "ours") -> tuple[bytes, bytes]:
    model, log = root / layout.model(variant, 0), root / layout.training_log(variant, 0)
    return model.read_bytes(), log.read_bytes()


def forget(root: Path, variant: str = "ours") -> None:
    for path in (layout.model(variant, 0), layout.training_log(variant, 0)):
        (root / path).unlink(missing_ok=True)


def kill_after_first_state(root: Path) -> None:
    process = subprocess.Popen(
        command("train", "--variant", "ours"),
        cwd=root,
        env=environment(root),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + PATIENCE_S
    while not list(root.glob(STATES)) and time.monotonic() < end:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


@pytest.mark.slow
def test_killed_and_resumed_it_ends_with_the_same_bits(house: Path) -> None:
    forget(house)
    run_train(house)
    undisturbed = outputs(house)
    assert not list(house.glob(STATES))
    forget(house)
    kill_after_first_state(house)
    assert not (house / layout.model("ours", 0)).exists()
    (state,) = house.glob(STATES)
    seen = torch.load(state, weights_only=True)["seen"]
    assert 0 < seen < 56
    said = run_train(house)
    assert outputs(house) == undisturbed
    assert f"goes on after {seen} photos" in said
    assert not state.parent.exists()


@pytest.mark.slow
def test_a_single_generator_trains_and_paints(house: Path) -> None:
    run_train(house, "baseline_deform")
    painter = load_painter(house / layout.model("baseline_deform", 0))
    image = painter(torch.zeros(2, 1, 32, 32)).image
    assert image.shape == (2, 3, 32, 32)
    assert image.abs().max() <= 1
    log = (house / layout.training_log("baseline_deform", 0)).read_text().splitlines()
    assert '"photos": 56' in log[-1]


def test_an_unknown_variant_is_refused(house: Path) -> None:
    done = subprocess.run(
        command("train", "--variant", "nobody"),
        cwd=house,
        env=environment(house),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "'nobody'" in done.stderr and "baseline" in done.stderr


def test_jobs_differ_by_params_and_data_they_use_and_nothing_else(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(house)
    inputs = Inputs(
        [layout.faces(shard) for shard in (0, 1)],
        [layout.strokes(shard) for shard in (0, 1)],
        layout.classifier(),
        layout.weights("vgg16_lpips.ckpt"),
        layout.weights("alexnet_lpips.ckpt"),
    )
    params = load_params(layout.PARAMS)
    mark = job_fingerprint(inputs, params, "ours", 0)
    report = params.report.model_copy(update={"digits": 5})
    train = params.train.model_copy(update={"l1_weight": 7.0})
    fewer = Inputs(
        inputs.faces[:1], inputs.strokes[:1], inputs.classifier, inputs.vgg, inputs.alexnet
    )
    assert job_fingerprint(inputs, params.model_copy(update={"report": report}), "ours", 0) == mark
    others = {
        job_fingerprint(inputs, params.model_copy(update={"train": train}), "ours", 0),
        job_fingerprint(inputs, params, "baseline", 0),
        job_fingerprint(inputs, params, "ours", 1),
        job_fingerprint(fewer, params, "ours", 0),
    }
    assert len(others) == 4 and mark not in others


@pytest.mark.slow
def test_the_classifier_learns_what_is_deformed(house: Path) -> None:
    """On d = 60, which is plain to see even at 32 px, and on the training faces alone."""
    params = load_params(house / layout.PARAMS)
    section = {"samples": 1600, "batch": 16, "learning_rate": 3e-3, "deform_px": 60, "channels": 8}
    params = params.model_copy(update={"classifier": params.classifier.model_copy(update=section)})
    faces = [house / layout.faces(shard) for shard in (0, 1)]
    strokes = [house / layout.strokes(shard) for shard in (0, 1)]
    first, right = classifier(faces, strokes, params)
    again, _ = classifier(faces, strokes, params)
    assert sum(right[-20:]) / 20 > 0.9
    assert all(map(torch.equal, first.state_dict().values(), again.state_dict().values()))
