import copy
import gc
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from facepencil.config.deform import DeformParams
from facepencil.config.model import ModelParams
from facepencil.config.split import SplitParams
from facepencil.config.train import TrainParams
from facepencil.config.watch import WatchParams
from facepencil.data.face_set import FaceSet, ids_of
from facepencil.data.stream import Stream, choose_view
from facepencil.device import prepare_device
from facepencil.images import resize
from facepencil.networks.painted import PaintingNet
from facepencil.pretrained.lpips import LpipsAlex, load_lpips
from facepencil.strokes.pen import Pen
from facepencil.training import loop
from facepencil.training.checkpoint import load_state
from facepencil.training.leaving import Left
from facepencil.training.loop import Trainer, TrainingJob, log_text
from facepencil.training.means import LossError, Means
from facepencil.training.memory import DoesNotFitError
from facepencil.training.sampler import Sampler
from facepencil.training.step import AdversarialStep, Networks
from facepencil.training.validation import VIEWS, Validation
from facepencil.training.watcher import Line, Reports
from tests.fixtures.faces import in_memory
from tests.training.test_elsewhere import Seen, onto

CPU = torch.device("cpu")
PEN = Pen(raster_px=64, size=32, deform=DeformParams())
PLAN: dict[str, Any] = {"stages": [8, 8, 16], "batch": 4, "learning_rate": 2e-4}
WATCH = {"log_every": 12, "state_every": 12, "samples_every": 20}
MakeJob = Callable[..., TrainingJob]


class StoppedError(Exception):
    """Stands for whatever ends a process between two steps."""


@pytest.fixture(scope="module")
def faces(make_shards, tmp_path_factory: pytest.TempPathFactory) -> FaceSet:
    found = make_shards(tmp_path_factory.mktemp("faces"), 1)
    return in_memory(found, ids_of(found.faces, "train", 0, SplitParams()), PEN.size)


@pytest.fixture(scope="module")
def lpips(weights: Callable[[str], Path]) -> LpipsAlex:
    return load_lpips(weights("alexnet_lpips.ckpt"))


@pytest.fixture
def make_job(build: Callable[..., Networks], faces: FaceSet, lpips: LpipsAlex) -> MakeJob:
    def make(
        folder: Path,
        watch: dict[str, int] = WATCH,
        model: dict[str, Any] | None = None,
        device: torch.device = CPU,
        **train: Any,
    ) -> TrainingJob:
        # Not validated: a rate that breaks the loss is more than a params file may have.
        params = TrainParams(**PLAN).model_copy(update=train)
        chosen = model or {}
        pen = replace(PEN, size=chosen.get("size", PEN.size))
        shown = sized(faces, pen.size)
        told = ModelParams(**chosen)
        view = choose_view(told, params)
        return TrainingJob(
            label="test",
            networks=onto(device, build(**chosen)),
            stream=Stream(shown, pen, view, params, seed=0, model=told),
            validation=Validation(shown, pen, copy.deepcopy(lpips), device, told),
            train=params,
            device=device,
            folder=folder,
            sampler=Sampler(shown, pen, device, told),
            watch=WatchParams(**watch),
        )

    return make


def sized(faces: FaceSet, size: int) -> FaceSet:
    """At another size, with palettes for those who are told of them."""
    photos = np.stack([resize(photo, size) for photo in faces.photos])
    return replace(faces, photos=photos, palettes=photos[:, size // 2, :3].copy())


@pytest.fixture
def sparse(monkeypatch: pytest.MonkeyPatch) -> None:
    """A grid wider than the few steps of these trainings."""
    monkeypatch.setattr(loop, "LINES", 4)
    monkeypatch.setattr(loop, "SCORES", 2)


def same(first: PaintingNet, second: PaintingNet) -> bool:
    pairs = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def stopped(job: TrainingJob, photos: int) -> None:
    """Train until so many photos were seen, and the tracker was told of them."""

    def stop(line: Line) -> None:
        if line["photos"] >= photos:
            raise StoppedError

    with pytest.raises(StoppedError):
        Trainer(job, Reports(stop)).run()


def assert_resumed(whole: TrainingJob, cut: Callable[[], TrainingJob], photos: int) -> None:
    """Stopped after so many photos and resumed, a job ends as one that was not."""
    painter, log = Trainer(whole, Reports()).run()
    stopped(cut(), photos)
    again, second = Trainer(cut(), Reports()).run()
    assert same(again, painter)
    assert log_text(second) == log_text(log)


@pytest.mark.usefixtures("sparse")
@pytest.mark.parametrize("photos", [12, 16, 32])
def test_stopped_anywhere_it_ends_with_the_same_bits(
    make_job: MakeJob, tmp_path: Path, photos: int
) -> None:
    """After the first state; at the end of a stage; within the last stage."""
    whole: list[Line] = []
    painter, log = Trainer(make_job(tmp_path / "whole"), Reports(whole.append)).run()
    stopped(make_job(tmp_path / "cut"), photos)
    told: list[Line] = []
    again, second = Trainer(make_job(tmp_path / "cut"), Reports(told.append)).run()
    assert same(again, painter)
    assert log_text(second) == log_text(log)
    assert [without_costs(line) for line in told] == [without_costs(line) for line in whole]
    spent = [line["cost/seconds"] for line in told if "cost/seconds" in line]
    assert spent == sorted(spent) and spent[0] > 0


KNOBS = {
    "warmup": 8,
    "gan_from": 12,
    "r1_weight": 1.0,
    "r1_every": 2,
    "vgg_px": 24,
    "augment_degrees": 10.0,
    "augment_shift_px": 20.0,
    "augment_colour": 0.2,
}


@pytest.mark.usefixtures("sparse")
@pytest.mark.parametrize("photos", [12, 16, 24])
@pytest.mark.parametrize(
    "model",
    [
        {"discriminator_norm": "spectral", "discriminator_down": "blur"},
        # Of six levels, the fewest with dropout.
        {"kind": "unet", "sap": False, "size": 64, "channels": 1},
        {"level_told": True, "palette": True},
    ],
    ids=["knobs", "unet", "told"],
)
def test_with_all_that_may_be_set_it_ends_with_the_same_bits(
    make_job: MakeJob, tmp_path: Path, model: dict[str, Any], photos: int
) -> None:
    """Stopped before D comes in, as it does, and after."""
    options = {**KNOBS, "model": model}
    whole = make_job(tmp_path / "whole", ALWAYS, **options)
    assert_resumed(whole, lambda: make_job(tmp_path / "cut", ALWAYS, **options), photos)


@pytest.mark.cuda
@pytest.mark.usefixtures("sparse")
@pytest.mark.parametrize("photos", [16, 44, 92])
@pytest.mark.parametrize(
    ("model", "train"),
    [
        ({}, {}),
        ({}, {"precision": "bfloat16"}),
        ({}, {"precision": "float16", "micro_batch": 2}),
        ({"discriminator_norm": "spectral", "discriminator_down": "blur"}, KNOBS),
        ({"kind": "unet", "sap": False, "size": 64, "channels": 1}, {}),
        ({"level_told": True, "palette": True}, {"r1_weight": 1.0, "r1_every": 2}),
    ],
    ids=["plain", "bfloat16", "float16", "knobs", "unet", "told"],
)
def test_on_a_gpu_it_ends_with_the_same_bits(
    make_job: MakeJob, tmp_path: Path, model: dict[str, Any], train: dict[str, Any], photos: int
) -> None:
    """Stopped before steps are replayed and after, batches drawn ahead or not."""
    device = prepare_device(1, "float32")
    options = {**train, "stages": [8, 24, 96], "model": model, "device": device}
    whole = replace(make_job(tmp_path / "whole", ALWAYS, **options), workers=2)
    assert_resumed(whole, lambda: make_job(tmp_path / "cut", ALWAYS, **options), photos)


def without_costs(line: Line) -> Line:
    return {name: value for name, value in line.items() if not name.startswith("cost/")}


RARELY = {"log_every": 1000, "state_every": 1000, "samples_every": 1000}
ALWAYS = {"log_every": 4, "state_every": 4, "samples_every": 4}


@pytest.mark.usefixtures("sparse")
def test_nothing_depends_on_how_it_is_watched(make_job: MakeJob, tmp_path: Path) -> None:
    """Neither when watched otherwise from the start, nor when a killed one goes on otherwise."""
    painter, log = Trainer(make_job(tmp_path / "plain"), Reports()).run()
    for name, watch, other in (("a", RARELY, ALWAYS), ("b", ALWAYS, RARELY)):
        once, first = Trainer(make_job(tmp_path / name, watch), Reports()).run()
        stopped(make_job(tmp_path / f"{name}-cut", watch), 20)
        again, second = Trainer(make_job(tmp_path / f"{name}-cut", other), Reports()).run()
        assert same(once, painter) and same(again, painter)
        assert log_text(first) == log_text(second) == log_text(log)


@pytest.mark.parametrize("steps", [1, 4, 7])
def test_asked_to_leave_it_saves_at_once_and_ends_with_the_same_bits(
    make_job: MakeJob, tmp_path: Path, steps: int
) -> None:
    painter, log = Trainer(make_job(tmp_path / "whole", RARELY), Reports()).run()
    asked = iter([False] * (steps - 1) + [True])
    with pytest.raises(Left) as left:
        Trainer(make_job(tmp_path / "cut", RARELY), Reports()).run(lambda: next(asked))
    assert left.value.photos == 4 * steps and left.value.code == 75
    again, second = Trainer(make_job(tmp_path / "cut", RARELY), Reports()).run()
    assert same(again, painter) and log_text(second) == log_text(log)


def test_asked_to_leave_at_its_last_step_it_ends(make_job: MakeJob, tmp_path: Path) -> None:
    asked = iter([False] * 7 + [True])
    Trainer(make_job(tmp_path), Reports()).run(lambda: next(asked))


def test_a_damaged_state_costs_one_interval_and_no_bit(
    make_job: MakeJob, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    painter, log = Trainer(make_job(tmp_path / "whole", ALWAYS), Reports()).run()
    stopped(make_job(tmp_path / "cut", ALWAYS), 28)
    state = tmp_path / "cut" / loop.STATE_FILE
    state.write_bytes(state.read_bytes()[:-1000])
    again, second = Trainer(make_job(tmp_path / "cut", ALWAYS), Reports()).run()
    said = capsys.readouterr().err
    assert "goes back to state.before.pt" in said and "goes on after 20 photos" in said
    assert same(again, painter) and log_text(second) == log_text(log)


def test_a_restored_state_is_not_held(
    make_job: MakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped(make_job(tmp_path, ALWAYS), 28)
    loaded: list[weakref.ref[torch.Tensor]] = []

    def load(path: Path, device: torch.device) -> dict[str, Any] | None:
        state = load_state(path, device)
        assert state is not None
        for part in (state["generators"], state["discriminator"], state["ema"]["module"]):
            loaded.extend(map(weakref.ref, part.values()))
        return state

    monkeypatch.setattr(loop, "load_state", load)
    trainer = Trainer(make_job(tmp_path, ALWAYS), Reports())
    gc.collect()
    assert trainer and loaded and not [one for one in loaded if one() is not None]


@pytest.mark.usefixtures("sparse")
def test_the_log_has_the_grid_and_the_end_of_every_stage(make_job: MakeJob, tmp_path: Path) -> None:
    told: list[Line] = []
    job = make_job(tmp_path, stages=[4, 8, 20])
    _, log = Trainer(job, Reports(told.append)).run()
    lines = [(line["photos"], line["stage"]) for line in log]
    assert lines == [(4, 1), (8, 2), (12, 2), (16, 3), (24, 3), (32, 3)]
    losses = {"painter", "discriminator", "gan", "dfm", "l1", "vgg"}
    scores = {f"val/lpips/{view}" for view in ("d0", "d11", "d30", "all")}
    assert log[0].keys() == {"photos", "stage", "learning_rate", *losses}
    assert log[-1].keys() - log[0].keys() == {"gfm", *scores}
    assert [line["photos"] for line in log if scores & line.keys()] == [16, 32]
    assert log[-1]["learning_rate"] == pytest.approx(2e-4 * 2 * 4 / 20)
    assert [line["photos"] for line in told if scores & line.keys()] == [16, 32]
    # Told at its own intervals: the end of every stage, and every 12 photos.
    assert [line["photos"] for line in told if "l1" in line] == [4, 12, 24, 32]


def test_a_training_has_forty_lines_and_ten_scores(make_job: MakeJob, tmp_path: Path) -> None:
    _, log = Trainer(make_job(tmp_path, RARELY, stages=[0, 0, 50], batch=1), Reports()).run()
    assert [line["photos"] for line in log] == [-(-50 * k // 40) for k in range(1, 41)]
    scored = [line["photos"] for line in log if "val/lpips/d11" in line]
    assert scored == [5 * k for k in range(1, 11)]


@pytest.mark.usefixtures("sparse")
def test_losses_are_read_at_lines_and_states_alone(
    make_job: MakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reading would wait for all that a GPU still has to do."""
    read: list[int] = []
    check = Means.check

    def counted(means: Means, photos: int) -> dict[str, float]:
        read.append(photos)
        return check(means, photos)

    monkeypatch.setattr(Means, "check", counted)
    with Seen() as seen:
        Trainer(make_job(tmp_path, RARELY), Reports()).run()
    # Besides, each view has a score at two points.
    assert seen.names.count("_local_scalar_dense") == 2 * len(VIEWS)
    assert "is_nonzero" not in seen.names
    # The log's four lines; a line to those who watch, and a state, at the end of each stage.
    assert read == [8, 8, 8, 16, 16, 16, 24, 32, 32, 32]


def test_what_does_not_fit_ends_with_the_key_to_lower(
    make_job: MakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(AdversarialStep, "_compare", full)
    with pytest.raises(DoesNotFitError, match=r"lower train\.micro_batch \(here 2"):
        Trainer(make_job(tmp_path, micro_batch=2), Reports()).run()


def test_batches_drawn_ahead_leave_no_trace(make_job: MakeJob, tmp_path: Path) -> None:
    painter, log = Trainer(make_job(tmp_path / "plain"), Reports()).run()
    job = replace(make_job(tmp_path / "ahead"), workers=2)
    told: list[Line] = []
    again, second = Trainer(job, Reports(told.append)).run()
    assert same(again, painter) and log_text(second) == log_text(log)
    assert all(0 <= line["cost/waiting_share"] <= 1 for line in told if "l1" in line)


def test_sheets_show_every_face_at_every_level(make_job: MakeJob, tmp_path: Path) -> None:
    sheets: list[Path] = []
    Trainer(make_job(tmp_path, WATCH | {"samples_every": 8}), Reports(sheet=sheets.append)).run()
    assert [path.stem for path in sheets] == ["00000008", "00000016", "00000024", "00000032"]
    first, last = (cv2.imread(str(sheets[place])) for place in (0, -1))
    assert first.shape == last.shape
    assert first.shape[0] > 8 * 128 and first.shape[1] > 4 * 128
    assert (first != last).any()


def test_a_broken_loss_ends_the_training_before_it_is_saved(
    make_job: MakeJob, tmp_path: Path
) -> None:
    job = make_job(tmp_path, ALWAYS)
    job = replace(job, train=job.train.model_copy(update={"l1_weight": 1e39}))
    with pytest.raises(LossError, match=r"losses painter between photos 0 and 4: .*learning_rate"):
        Trainer(job, Reports()).run()
    assert not list(tmp_path.glob("*.pt"))


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
