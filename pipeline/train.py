"""Stage `train`: one variant and seed, from faces and strokes to a painter."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import torch
import typer
from filelock import FileLock

import facepencil
from facepencil.config.reading import read
from facepencil.config.watch import WatchParams
from facepencil.data.augment import kept_size
from facepencil.data.face_set import FaceSet, crop_size, open_faces
from facepencil.data.palettes import mean_palette, palettes_of, read_palettes
from facepencil.data.sets import FaceList, read_face_list
from facepencil.data.stream import Stream, choose_view
from facepencil.device import describe_processor, prepare_device
from facepencil.images import Image
from facepencil.networks.discriminator import MultiScaleDiscriminator
from facepencil.networks.generator import build_generators
from facepencil.networks.painted import PaintingNet
from facepencil.networks.painter import palette_entry, save_painter
from facepencil.pretrained.lpips import load_lpips
from facepencil.pretrained.vgg import VggFeatures
from facepencil.ranks import ALONE, Ranks, RanksError, joined_ranks
from facepencil.seeds import seed_of
from facepencil.store import write_bytes, write_text
from facepencil.strokes.pen import Pen
from facepencil.training.cost import Cost
from facepencil.training.leaving import Asked, asked_to_leave, never
from facepencil.training.loop import STATE_FILE, Trainer, TrainingJob, log_text
from facepencil.training.pretraining import load_classifier
from facepencil.training.sampler import Sampler
from facepencil.training.step import Networks
from facepencil.training.validation import MOST, Validation
from facepencil.training.watcher import Line, Reports
from pipeline import layout
from pipeline.graph import find_job
from pipeline.launch import launch
from pipeline.provenance import fingerprint
from pipeline.reads import TrainReads
from pipeline.watch import WatchReads, track_training, training_reports

SERVED = Path(facepencil.__path__[0]) / "serving/pyfunc.py"
"""Code by which MLflow serves a model; a file, so that no result depends on it."""
_FILES = _MODEL, _LOG, _COST = "model.safetensors", "losses.jsonl", "cost.json"


@dataclass(frozen=True)
class Trained:
    """What a training gives.

    Attributes:
        painter: the averaged one.
        log: lines of losses and validation scores.
        cost: what it took here.
    """

    painter: PaintingNet
    log: list[Line]
    cost: Cost


@dataclass(frozen=True)
class Inputs:
    """What a training reads: faces with their strokes, C, and two networks that others trained.

    And palettes, where the painter is told of them.
    """

    faces: FaceList
    classifier: Path
    vgg: Path
    alexnet: Path
    palettes: Sequence[Path] = ()


def train(
    inputs: Inputs,
    params: TrainReads,
    seed: int,
    device: torch.device,
    watch: WatchParams,
    folder: Path,
    reports: Reports,
    asked: Asked = never,
    ranks: Ranks = ALONE,
) -> Trained:
    """Train the painter of a variant; its state lies in `folder`, and is resumed from there.

    Args:
        inputs: files and faces.
        params: of the variant.
        seed: of weights and batches.
        device: to train on, of `prepare_device`.
        watch: how often something is told, shown and saved.
        folder: of this training alone.
        reports: whom to tell.
        asked: whether it is asked to leave before its end.
        ranks: the processes that train it together; all of them call this, with equal arguments.

    Raises:
        Left: it was asked to, and its state is saved.
        ShardError: a shard is damaged, or a face has no strokes.
        LossError: a loss became infinite or no number.
        DoesNotFitError: a step needs more memory than the GPU has.
        RanksError: the processes cannot share a batch, or see different states.
    """
    job = _job(inputs, params, seed, device, watch, folder)
    workers = workers_ahead(device, len(os.sched_getaffinity(0)))
    trainer = Trainer(replace(job, ranks=ranks, workers=workers), reports)
    painter, log = trainer.run(asked)
    processor = describe_processor(device)
    cost = Cost(
        **trainer.stopwatch.read(),
        photos=trainer.photos,
        threads=params.train.threads,
        processor=processor if ranks.size == 1 else f"{ranks.size} x {processor}",
    )
    return Trained(painter, log, cost)


def _job(
    inputs: Inputs,
    params: TrainReads,
    seed: int,
    device: torch.device,
    watch: WatchParams,
    folder: Path,
) -> TrainingJob:
    networks = _networks(inputs, params, seed, device)
    pen = Pen(params.sketch.size, params.model.size, params.deform)
    own = params.deform.model_copy(update={"probability": params.train.deform_probability})
    view = choose_view(params.model, params.train)
    ids, size = inputs.faces.ids, params.model.size
    crop = crop_size(inputs.faces.face_shards[0])
    seen = _faces(inputs, ids["train"], kept_size(params.train, size, crop))
    unseen = _faces(inputs, ids["val"][:MOST], size)
    # So few photos that none is left to watch: then those trained on.
    watched = unseen if unseen.ids else _faces(inputs, ids["train"][:MOST], size)
    return TrainingJob(
        label=folder.name[:8],
        networks=networks,
        stream=Stream(seen, replace(pen, deform=own), view, params.train, seed, params.model),
        validation=Validation(unseen, pen, load_lpips(inputs.alexnet), device, params.model),
        train=params.train,
        device=device,
        folder=folder,
        sampler=Sampler(watched, pen, device, params.model),
        watch=watch,
    )


def workers_ahead(device: torch.device, cores: int) -> int:
    """Processes that draw batches ahead; on the CPU none, since training takes its cores.

    Args:
        device: to train on.
        cores: that all processes of a training on this machine may use.
    """
    here = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    return 0 if device.type == "cpu" else max(1, min(8, cores // here - 1))


def _faces(inputs: Inputs, ids: Sequence[str], size: int) -> FaceSet:
    shards = inputs.faces.face_shards, inputs.faces.drawn_shards
    return open_faces(*shards, ids, size, layout.PHOTOS, inputs.palettes)


def _usual_palette(inputs: Inputs) -> Image | None:
    if not inputs.palettes:
        return None
    known = palettes_of(read_palettes(inputs.palettes), inputs.faces.ids["train"])
    return mean_palette(known)


def _networks(inputs: Inputs, params: TrainReads, seed: int, device: torch.device) -> Networks:
    torch.manual_seed(seed_of(seed, "weights"))
    classifier = load_classifier(inputs.classifier, params.classifier.channels)
    generators = build_generators(params.model, classifier)
    return Networks(
        generators.to(device),
        MultiScaleDiscriminator(params.model).to(device),
        VggFeatures(inputs.vgg, params.train.vgg_pool).to(device),
    )


def main(
    variant: Annotated[str, typer.Option(help="one of `variants` in the params file")],
    seed: Annotated[int, typer.Option(min=0, help="training seed")] = 0,
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Train one variant with one seed; goes on where a killed training of the same job stopped.

    Reads the faces and strokes that data/sets/train.json lists, models/classifier.safetensors,
    data/weights/{vgg16,alexnet}_lpips.ckpt, and data/palettes for a model that is told of them.
    Writes models/VARIANT/SEED.safetensors, the averaged painter, models/VARIANT/SEED.jsonl, losses
    and validation scores by photos seen, and models/VARIANT/SEED.cost.json, the time it took here.
    On the way, state/trainings/<fingerprint>/ has the states and the sample sheets. Tells MLflow
    all of it. Started by torchrun, all processes share each batch, and the first alone writes. At
    SIGTERM or SIGUSR1 it saves its state and leaves with exit code 75.
    """
    job = find_job(params, "train", variant=variant, seed=seed)
    known = read(params, TrainReads, job.variant)
    watch = read(params, WatchReads).watch
    device = prepare_device(known.train.threads, known.train.precision)
    mark = fingerprint(job, *_conditions(device, known.train.precision))
    folder = layout.TRAININGS / mark
    folder.mkdir(parents=True, exist_ok=True)
    faces, classifier, vgg, alexnet, *palettes = job.inputs
    inputs = Inputs(read_face_list(faces), classifier, vgg, alexnet, palettes)
    with asked_to_leave() as asked, joined_ranks(device) as ranks:
        _see_one_job(ranks, mark)
        learn = partial(train, inputs, known, seed, device, watch, folder, asked=asked, ranks=ranks)
        if not ranks.first:
            if ranks.gather(False)[0]:
                learn(Reports())
            return "shared each batch with the first process"
        with FileLock(folder / "lock"), track_training(params, job, mark) as run:
            if ranks.gather(not (folder / _MODEL).exists())[0]:
                found = learn(training_reports(run))
                write_text(folder / _COST, found.cost.text())
                write_text(folder / _LOG, log_text(found.log))
                about = {"variant": variant, **palette_entry(_usual_palette(inputs))}
                save_painter(folder / _MODEL, found.painter, known.model, about)
            _hand_over(folder, job.outputs)
            run.tag("model_sha256", hashlib.sha256(job.outputs[0].read_bytes()).hexdigest())
            model, log_file, _ = job.outputs
            run.model(model, SERVED, example_px=64)
            run.artifact(log_file)
    return str(job.outputs[0])


def _see_one_job(ranks: Ranks, mark: str) -> None:
    """Compare the fingerprints of all processes.

    Raises:
        RanksError: they do not train the same.
    """
    if len(set(ranks.gather(mark))) > 1:
        raise RanksError(
            "the processes found other inputs, code, params or GPUs: expected the same files on "
            "all nodes, and GPUs of one kind"
        )


def _conditions(device: torch.device, precision: str) -> list[str]:
    """What else the model's bytes depend on: nothing, where they are portable."""
    return [] if precision == "portable" else [device.type, describe_processor(device)]


def _hand_over(folder: Path, outputs: Sequence[Path]) -> None:
    """Copy the finished model, its log and its cost to where they belong; states go.

    All three stay in `folder`: an engine that dies before it has recorded them, or that asks
    for the same training again, finds them there. `make prune` removes what is asked for no more.
    """
    for name, path in zip(_FILES, outputs, strict=True):
        write_bytes(path, (folder / name).read_bytes())
    for state in folder.glob(f"{Path(STATE_FILE).stem}*"):
        state.unlink()


if __name__ == "__main__":
    launch(main)
