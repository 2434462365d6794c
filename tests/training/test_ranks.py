"""Two processes that share a batch do what one does with the whole of it."""

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from facepencil.config.split import SplitParams
from facepencil.data.face_set import ids_of
from facepencil.ranks import ALONE, Ranks, RanksError
from facepencil.training.loop import STATE_FILE, Trainer
from facepencil.training.watcher import Line, Reports
from tests.fixtures.commands import Workplace
from tests.fixtures.faces import in_memory
from tests.training import shared_training
from tests.training.conftest import SMALL
from tests.training.shared_training import Kit

PLAN = {
    "stages": [4, 4, 16],
    "batch": 4,
    "learning_rate": 2e-4,
    "l1_weight": 25.0,  # holds the painters: rounding that grows from step to step stays small
    "r1_weight": 1.0,
    "r1_every": 2,
}


class StoppedError(Exception):
    """Stands for whatever ends a process between two steps."""


@pytest.fixture(scope="module")
def kit(make_shards, weights: Callable[[str], Path], tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("kit")
    shards = make_shards(folder, 1)
    faces = in_memory(shards, ids_of(shards.faces, "train", 0, SplitParams()), SMALL["size"])
    faces = replace(faces, strokes=list(faces.strokes))  # an open file cannot be pickled
    model = SMALL | {"discriminator_norm": "spectral"}
    files = weights("vgg16_lpips.ckpt"), weights("alexnet_lpips.ckpt")
    path = folder / "kit"
    path.write_bytes(pickle.dumps(Kit(faces, *files, model, PLAN)))
    return path


def train_shared(kit: Path, folder: Path) -> str:
    """By two processes; returns what they said."""
    folder.mkdir(exist_ok=True)
    torchrun = ("python", "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    return Workplace(folder).run(*torchrun, str(shared_training.__file__), kit, folder).stderr


def lines_of(folder: Path) -> list[Line]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def assert_same_curve(found: list[Line], expected: list[Line]) -> None:
    assert [line.keys() for line in found] == [line.keys() for line in expected]
    for mine, theirs in zip(found, expected, strict=True):
        assert mine == pytest.approx(theirs, rel=1e-4, abs=1e-4)


def test_two_processes_have_the_losses_of_one_and_one_of_them_writes(
    kit: Path, tmp_path: Path
) -> None:
    """The whole way, and from a state of one process on."""
    known: Kit = pickle.loads(kit.read_bytes())
    _, expected = Trainer(known.job(tmp_path / "alone", ALONE), Reports()).run()
    assert {"r1", "gfm"} <= set().union(*expected)

    train_shared(kit, tmp_path / "shared")
    assert_same_curve(lines_of(tmp_path / "shared"), expected)
    files = {path.name for path in (tmp_path / "shared").iterdir()}
    assert files == {"log.jsonl", "told-by-0", "samples", "state.pt", "state.before.pt"}

    def stop(line: Line) -> None:
        if line["photos"] >= 20:
            raise StoppedError

    with pytest.raises(StoppedError):
        Trainer(known.job(tmp_path / "cut", ALONE), Reports(stop)).run()
    assert (tmp_path / "cut" / STATE_FILE).exists()
    said = train_shared(kit, tmp_path / "cut")
    assert "goes on after 16 photos" in said
    assert "shared by 2 processes, so far by 1: the same samples in the same order" in said
    assert_same_curve(lines_of(tmp_path / "cut"), expected)


def test_processes_that_cannot_share_a_batch_equally_are_refused(kit: Path, tmp_path: Path) -> None:
    known: Kit = pickle.loads(kit.read_bytes())
    with pytest.raises(RanksError, match=r"train\.batch 4: expected a multiple of the 3 processes"):
        Trainer(known.job(tmp_path, Ranks(1, 3)), Reports())
