from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest
import torch

from facepencil.config.deform import DeformParams
from facepencil.config.model import ModelParams
from facepencil.config.split import SplitParams
from facepencil.config.train import TrainParams
from facepencil.config.watch import WatchParams
from facepencil.data.face_set import FaceSet, ids_of, load_faces
from facepencil.data.stream import Stream, choose_view
from facepencil.networks.generator import Generator
from facepencil.strokes.pen import Pen
from facepencil.training.loop import Job, Line, Reports, Trainer, log_text
from facepencil.training.monitor import LossError
from facepencil.training.sampler import Sampler
from facepencil.training.step import Networks

CPU = torch.device("cpu")
PEN = Pen(raster_px=64, size=32, deform=DeformParams())
PLAN: dict[str, Any] = {
    "stages": [8, 8, 16],
    "batch": 4,
    "learning_rate": 2e-4,
}
WATCH = {"log_every": 12, "state_every": 12, "samples_every": 20}
MakeJob = Callable[..., Job]


class StoppedError(Exception):
    """Stands for whatever ends a process between two steps."""


@pytest.fixture(scope="module")
def faces(make_shards, tmp_path_factory: pytest.TempPathFactory) -> FaceSet:
    photos, strokes = make_shards(tmp_path_factory.mktemp("faces"), 1)
    return load_faces(photos, strokes, ids_of(photos, "train", 0, SplitParams()), PEN.size)


@pytest.fixture
def make_job(build: Callable[..., Networks], faces: FaceSet) -> MakeJob:
    def make(folder: Path, watch: dict[str, int] | None = None, **train: Any) -> Job:
        params, watched = TrainParams(**{**PLAN, **train}), WatchParams(**(watch or WATCH))
        stream = Stream(faces, PEN, "pair", params, seed=0)
        sampler = Sampler(faces, PEN, CPU)
        return Job("test", build(), stream, sampler, params, watched, CPU, folder)

    return make


def same(first: Generator, second: Generator) -> bool:
    pairs = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("line", [0, 2, 3])
def test_stopped_anywhere_it_ends_with_the_same_bits(
    make_job: MakeJob, tmp_path: Path, line: int
) -> None:
    """After the first state; at the end of a stage; within the last stage."""
    painter, log = Trainer(make_job(tmp_path / "whole"), Reports()).run()
    seen: list[Line] = []

    def stop(entry: Line) -> None:
        seen.append(entry)
        if len(seen) > line + 1:
            raise StoppedError

    with pytest.raises(StoppedError):
        Trainer(make_job(tmp_path / "cut"), Reports(stop)).run()
    told: list[Line] = []
    again, second = Trainer(make_job(tmp_path / "cut"), Reports(told.append)).run()
    assert same(again, painter)
    assert log_text(second) == log_text(log) == log_text(told)


def test_the_log_has_every_interval_and_the_end_of_every_stage(
    make_job: MakeJob, tmp_path: Path
) -> None:
    _, log = Trainer(make_job(tmp_path), Reports()).run()
    assert [(line["photos"], line["stage"]) for line in log] == [
        (8, 1),
        (12, 2),
        (16, 2),
        (24, 3),
        (32, 3),
    ]
    assert log[0].keys() == {
        *("photos", "stage", "learning_rate", "painter", "discriminator", "gan", "dfm", "l1", "vgg")
    }
    assert set(log[-1]) - set(log[0]) == {"gfm"}
    assert log[-1]["learning_rate"] == pytest.approx(2e-4 * 2 * 4 / 16)


def test_sheets_show_every_face_at_every_level(make_job: MakeJob, tmp_path: Path) -> None:
    sheets: list[Path] = []
    Trainer(make_job(tmp_path, {"samples_every": 8}), Reports(sheet=sheets.append)).run()
    assert [path.stem for path in sheets] == ["00000008", "00000016", "00000024", "00000032"]
    first, last = (cv2.imread(str(sheets[place])) for place in (0, -1))
    assert first.shape == last.shape
    assert first.shape[0] > 8 * 128 and first.shape[1] > 4 * 128
    assert (first != last).any()


def test_a_broken_loss_ends_the_training(make_job: MakeJob, tmp_path: Path) -> None:
    with pytest.raises(LossError, match=r"train\.learning_rate"):
        Trainer(make_job(tmp_path, learning_rate=1e30), Reports()).run()


@pytest.mark.parametrize(
    ("model", "train", "view"),
    [
        ({}, {}, "pair"),
        ({"kind": "single", "sap": False}, {}, "mixed"),
        ({"kind": "single", "sap": False}, {"sketches": "aligned"}, "aligned"),
    ],
)
def test_variants_see_their_sketches(
    model: dict[str, Any], train: dict[str, Any], view: str
) -> None:
    assert choose_view(ModelParams(**model), TrainParams(**train)) == view
