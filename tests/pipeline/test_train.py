"""The stages `classifier` and `train` as they are run: in processes of their own, and killed."""

import re
import shutil
import signal
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
import torch

from facepencil.config.params import load_params
from facepencil.config.reading import read
from facepencil.config.variants import Variant
from facepencil.data.sets import read_face_list
from facepencil.data.stroke_files import StrokeFiles
from facepencil.networks.painter import load_painter
from facepencil.store import write_text
from facepencil.strokes.pen import Pen
from facepencil.training.cost import read_cost
from facepencil.training.leaving import EXIT_CODE
from facepencil.training.pretraining import accuracy
from pipeline import layout
from pipeline.classifier import classifier
from pipeline.dataset import dataset
from pipeline.graph import jobs
from pipeline.provenance import fingerprint, read_provenance
from pipeline.reads import ClassifierReads
from tests.fixtures.assets import Fetch
from tests.fixtures.commands import ROOT, Workplace, kill_when, wait_for
from tests.fixtures.stages import furnish, link, vouch

OURS = ("train", "--variant", "ours")
STATES = "state/trainings/*/state*.pt"
SETS = (layout.train_set(), layout.test_set())
TURNED = Variant(model={"kind": "single", "sap": False}, train={"augment_degrees": 5})


@pytest.fixture(scope="module")
def house(tmp_path_factory, make_shards, weights: Fetch) -> Path:
    """A repository of two small shards, with everything that `train` reads."""
    root = tmp_path_factory.mktemp("house")
    params = load_params(ROOT / "presets/test.yaml")
    changes = {
        "split": params.split.model_copy(update={"val": 0.3}),
        "sketch": params.sketch.model_copy(update={"size": 64}),
        "train": params.train.model_copy(update={"stages": [8, 8, 40]}),
        "watch": params.watch.model_copy(update={"state_every": 12}),
        "tables": {**params.tables, "turned": ["turned"]},
        "variants": {**params.variants, "turned": TURNED},
    }
    place = furnish(root, params.model_copy(update=changes))
    faces, strokes = make_shards(root, 2)
    for file in ("vgg16_lpips.ckpt", "alexnet_lpips.ckpt"):
        link(root, layout.weights(file), weights(file))
    with chdir(root):
        shards = [path.relative_to(root) for path in (*faces, *strokes, *faces)]
        dataset(shards, SETS, params.seed, params.split)
    vouch(root)
    place.run_stage("classifier")
    return root


def outputs(root: Path, variant: str = "ours") -> tuple[bytes, bytes]:
    model, log = root / layout.model(variant, 0), root / layout.training_log(variant, 0)
    return model.read_bytes(), log.read_bytes()


def forget(root: Path, variant: str = "ours") -> None:
    for path in (layout.model(variant, 0), layout.training_log(variant, 0)):
        (root / path).unlink(missing_ok=True)


@pytest.mark.slow
def test_killed_and_resumed_it_ends_with_the_same_bits(house: Path) -> None:
    place = Workplace(house)
    kill_when(lambda: list(house.glob(STATES)), place.start_stage(*OURS))
    assert not (house / layout.model("ours", 0)).exists()
    states = list(house.glob(STATES))
    seen = max(torch.load(state, weights_only=True)["seen"] for state in states)
    assert 0 < seen < 56
    place.run_stage(*OURS)
    log = (house / layout.log("train", {"variant": "ours", "seed": 0})).read_text()
    assert f"goes on after {seen} photos" in log
    assert not list(house.glob(STATES))
    resumed = outputs(house)
    forget(house)
    place.run_stage(*OURS)
    assert outputs(house) == resumed


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_asked_to_leave_it_says_so_by_its_exit_code_and_goes_on(
    house: Path, number: signal.Signals
) -> None:
    place = Workplace(house)
    place.run_stage(*OURS)
    wanted = outputs(house)
    forget(house)
    shutil.rmtree(house / layout.TRAININGS)
    process = place.start_stage(*OURS)
    wait_for(lambda: list(house.glob(STATES)))
    process.send_signal(number)
    _, said = process.communicate()
    assert process.returncode == EXIT_CODE
    photos = re.search(r"asked to leave, saved after (\d+) photos", said)
    assert photos
    place.run_stage(*OURS)
    log = (house / layout.log("train", {"variant": "ours", "seed": 0})).read_text()
    assert f"goes on after {photos[1]} photos" in log
    assert outputs(house) == wanted


@pytest.mark.slow
def test_a_single_generator_trains_and_paints(house: Path) -> None:
    Workplace(house).run_stage("train", "--variant", "baseline_deform")
    painter = load_painter(house / layout.model("baseline_deform", 0))
    image = painter.net(torch.zeros(2, 1, 32, 32)).image
    assert image.shape == (2, 3, 32, 32)
    assert image.abs().max() <= 1
    log = (house / layout.training_log("baseline_deform", 0)).read_text().splitlines()
    assert '"photos": 56' in log[-1]


@pytest.mark.slow
def test_photos_that_are_turned_are_read_at_twice_the_size(house: Path) -> None:
    shutil.rmtree(house / layout.PHOTOS, ignore_errors=True)
    Workplace(house).run_stage("train", "--variant", "turned")
    with chdir(house):
        count = len(read_face_list(SETS[0]).ids["train"])
    sizes = {path.stat().st_size for path in house.glob("state/photos/*.rgb")}
    assert count * 64 * 64 * 3 in sizes and count * 32 * 32 * 3 not in sizes
    image = load_painter(house / layout.model("turned", 0)).net(torch.zeros(1, 1, 32, 32)).image
    assert image.shape == (1, 3, 32, 32)


def test_an_unknown_variant_is_refused(house: Path) -> None:
    done = Workplace(house).run_stage("train", "--variant", "nobody", check=False)
    assert done.returncode == 2
    assert "no job train --variant nobody" in done.stderr and "baseline" in done.stderr


def test_trainings_differ_by_params_and_data_they_use_and_nothing_else(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(house)
    params = load_params(layout.PARAMS)

    def mark(variant: str = "ours", seed: int = 0, **sections: Any) -> str:
        changed = params.model_copy(
            update={
                name: getattr(params, name).model_copy(update=values)
                for name, values in sections.items()
            }
        )
        wanted = {"variant": variant, "seed": seed}
        (job,) = [one for one in jobs(changed) if one.stage == "train" and one.options == wanted]
        return fingerprint(job)

    same = {mark(), mark(report={"digits": 5}), mark(watch={"log_every": 7})}
    many = {"seeds": [0, 1]}
    others = [mark(train={"l1_weight": 7.0}), mark("baseline"), mark(seed=1, run=many)]
    known = SETS[0].read_text()
    write_text(SETS[0], known + "\n")
    others.append(mark())
    write_text(SETS[0], known)
    assert len(same) == 1 and len(same.union(others)) == 5


@pytest.mark.slow
def test_the_classifier_learns_what_is_deformed(house: Path, monkeypatch) -> None:
    """On d = 60, which is plain to see even at 32 px, and on the training faces alone."""
    monkeypatch.chdir(house)
    params = read(layout.PARAMS, ClassifierReads)
    section = {"samples": 1600, "batch": 16, "learning_rate": 3e-3, "deform_px": 60, "channels": 8}
    params = params.model_copy(update={"classifier": params.classifier.model_copy(update=section)})
    first, unseen = classifier(SETS[0], params)
    again, same = classifier(SETS[0], params)
    assert unseen == same
    faces = read_face_list(SETS[0])
    strokes = StrokeFiles(faces.drawn_shards, faces.ids["train"])
    pen = Pen(params.sketch.size, params.model.size, params.deform)
    assert accuracy(first, faces.ids["train"], strokes, pen, params.classifier) > 0.9
    assert all(map(torch.equal, first.state_dict().values(), again.state_dict().values()))


@pytest.mark.slow
def test_two_processes_train_one_model_and_the_first_records_it(house: Path) -> None:
    place = Workplace(house)
    torchrun = ("python", "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    place.run(*torchrun, "-m", "pipeline.train", "--variant", "baseline")
    made = read_provenance(house / layout.provenance(layout.model("baseline", 0)))
    assert made and made.stage == "train"
    cost = read_cost(house / layout.cost("baseline", 0))
    assert cost.processor.startswith("2 x ") and cost.photos == 56
    log = house / layout.log("train", {"variant": "baseline", "seed": 0})
    other = log.with_suffix(".1.log").read_text()
    assert "shared each batch with the first process" in other and "photos/s" not in other
    shared = outputs(house, "baseline")
    forget(house, "baseline")
    # An engine that asks for it takes it from its folder.
    place.run_stage("train", "--variant", "baseline")
    assert outputs(house, "baseline") == shared
