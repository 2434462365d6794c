"""Law 4: killed at any instant, the next run finishes with the bytes of an undisturbed one."""

import random
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

COMMANDS = {
    "weights": ("--file", "face_mesh.tflite"),
    "download": ("--shard", "0"),
    "crop": ("--shard", "0"),
    "sketch": ("--shard", "0"),
    "vectorize": ("--shard", "0"),
    "deform": ("--shard", "0"),
    "classifier": (),
    "train": ("--variant", "ours", "--seed", "0"),
    "evaluate": ("--variant", "ours", "--seed", "0"),
    "report": (),
}
OUTPUTS = {
    "weights": ["data/weights/face_mesh.tflite"],
    "download": ["data/raw/0.zip"],
    "crop": ["data/faces/0.zip"],
    "sketch": ["data/sketches/0.zip", "results/figures/sketches/0.png"],
    "vectorize": ["data/strokes/0.npz"],
    "deform": ["data/deformed/0.zip", "results/figures/deformed/0.png"],
    "classifier": ["models/classifier.safetensors"],
    "train": ["models/ours/0.safetensors", "models/ours/0.jsonl"],
    "evaluate": ["results/evaluations/ours/0.json", "results/samples/ours/0.zip"],
    "report": ["results/tables/table1.csv", "results/tables/robustness.csv"],
}
TRIES = 3


def start(project: Any, stage: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["python", "-m", f"pipeline.{stage}", *COMMANDS[stage]],
        cwd=project.root,
        env=project.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def disturbed(by_snakemake: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    target = tmp_path_factory.mktemp("killed") / "project"
    shutil.copytree(by_snakemake.root, target, symlinks=True)
    return type(by_snakemake)(target)


@pytest.mark.parametrize("stage", COMMANDS)
def test_killed_then_rerun_ends_with_the_same_bytes(disturbed, stage):
    wanted = {name: (disturbed.root / name).read_bytes() for name in OUTPUTS[stage]}
    for name in wanted:
        (disturbed.root / name).unlink()
    begun = time.monotonic()
    assert start(disturbed, stage).wait() == 0
    whole = time.monotonic() - begun
    moments = random.Random(stage)
    for _ in range(TRIES):
        for name in wanted:
            (disturbed.root / name).unlink(missing_ok=True)
        process = start(disturbed, stage)
        time.sleep(whole * moments.uniform(0.4, 1.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        for name, data in wanted.items():
            path = disturbed.root / name
            assert not path.exists() or path.read_bytes() == data, f"half written: {name}"
    assert start(disturbed, stage).wait() == 0
    for name, data in wanted.items():
        assert (disturbed.root / name).read_bytes() == data, name
    assert not leftovers(disturbed.root, wanted)


def leftovers(root: Path, outputs: dict[str, bytes]) -> list[Path]:
    folders = {(root / name).parent for name in outputs}
    return [path for folder in folders for path in folder.glob(".*.tmp*")]
