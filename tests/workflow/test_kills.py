"""Law 4: killed at any instant, the next run finishes with the bytes of an undisturbed one.

What lies on disk changes only where a stage opens or renames an output or its temporary file, so a
run is killed just before one of those steps: never too late, and the same at every repeat.
"""

import random
import re
import shutil
import signal
import subprocess
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
KILLS = 3
NEVER = 10**9
STEPWISE = """
import atexit, os, runpy, signal, sys
from pathlib import Path

stage, last, outputs = sys.argv[1], int(sys.argv[2]), sys.argv[3].split(":")
steps = 0

def watch(event, arguments):
    global steps
    if event in ("open", "os.rename") and isinstance(arguments[0], (str, os.PathLike)):
        path = Path(arguments[0])
        if str(path.with_name(path.name.replace(".tmp", "").lstrip("."))) in outputs:
            if steps == last:
                os.kill(os.getpid(), signal.SIGKILL)
            steps += 1

atexit.register(lambda: print("steps:", steps))
sys.addaudithook(watch)
sys.argv = [stage, *sys.argv[4:]]
runpy.run_module(f"pipeline.{stage}", run_name="__main__")
"""


def run(project: Any, stage: str, steps: int) -> subprocess.CompletedProcess[str]:
    """Run a stage up to one of the steps at which an output is touched."""
    outputs = ":".join(OUTPUTS[stage])
    command = ("python", "-c", STEPWISE, stage, f"{steps}", outputs, *COMMANDS[stage])
    return project.run(*command, check=False)


@pytest.fixture(scope="module")
def disturbed(by_snakemake: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    target = tmp_path_factory.mktemp("killed") / "project"
    shutil.copytree(by_snakemake.root, target, symlinks=True)
    return type(by_snakemake)(target)


@pytest.mark.parametrize("stage", COMMANDS)
def test_killed_then_rerun_ends_with_the_same_bytes(disturbed, stage):
    wanted = {
        disturbed.root / name: (disturbed.root / name).read_bytes() for name in OUTPUTS[stage]
    }
    forget(wanted)
    whole = run(disturbed, stage, NEVER).stdout
    count = int(re.findall(r"steps: (\d+)", whole)[-1])
    assert count >= 3 * len(wanted), whole  # opened, opened to be synced, renamed
    for steps in random.Random(stage).sample(range(count), KILLS):
        forget(wanted)
        killed = run(disturbed, stage, steps)
        assert killed.returncode == -signal.SIGKILL, killed.stdout
        torn = [p for p, data in wanted.items() if p.exists() and p.read_bytes() != data]
        assert torn == [], f"after {steps} of {count} steps"
    assert run(disturbed, stage, NEVER).returncode == 0
    assert [path for path, data in wanted.items() if path.read_bytes() != data] == []
    assert [left for path in wanted for left in path.parent.glob(".*.tmp*")] == []


def forget(outputs: dict[Path, bytes]) -> None:
    for path in outputs:
        path.unlink(missing_ok=True)
