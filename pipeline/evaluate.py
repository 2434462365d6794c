"""Stage `evaluate`: one painter's scores on the test photos at every level of deformation."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from facepencil.config.evaluate import EvaluateParams
from facepencil.config.reading import read
from facepencil.data.sets import read_face_list
from facepencil.data.testset import TestSet
from facepencil.device import describe_processor, prepare_device
from facepencil.evaluation.metrics import load_networks, measures
from facepencil.evaluation.photo_features import read_reference
from facepencil.evaluation.record import LPIPS, Conditions, Evaluation
from facepencil.evaluation.scores import Judge, score
from facepencil.images import encode_png
from facepencil.seeds import unit_of
from facepencil.store import write_shard, write_text
from facepencil.tracking.run import Tracker
from pipeline import layout
from pipeline.graph import find_job
from pipeline.launch import launch
from pipeline.reads import EvaluateReads


@dataclass(frozen=True)
class Subject:
    """The painter in question: its variant, training seed and file, and how sketches are drawn."""

    variant: str
    seed: int
    model: Path
    drawing: str = ""


def evaluate(
    subject: Subject, judge: Judge, tests: TestSet, reference: Path, params: EvaluateParams
) -> Evaluation:
    """Score the painter that `judge` holds at every level of the test set.

    `reference` has the features of the photos of that very test set.

    Raises:
        ShardError: the test set is damaged.
        ValueError: `reference` is of another test set.
    """
    digest = tests.photos_digest()
    conditions = Conditions(
        model_sha256=hashlib.sha256(subject.model.read_bytes()).hexdigest(),
        photos_digest=digest,
        sketches_digest=tests.sketches_digest(),
        drawing=subject.drawing,
        size_px=judge.size,
        device=judge.device.type,
        processor=describe_processor(judge.device),
        versions={"torch": torch.__version__, "numpy": np.__version__},
        evaluate=params,
    )
    return Evaluation(
        variant=subject.variant,
        seed=subject.seed,
        n=len(tests.ids),
        metrics=measures(judge.metrics),
        conditions=conditions,
        ids=tests.ids,
        levels=score(judge, tests, read_reference(reference, digest), params),
    )


def sample_ids(ids: Sequence[str], count: int) -> list[str]:
    """Faces for the sheets: the same for every variant, and not the first of the data set."""
    return sorted(ids, key=lambda name: unit_of("evaluate", "sample", name))[:count]


def write_samples(path: Path, judge: Judge, tests: TestSet, ids: Sequence[str]) -> None:
    """Write a shard of the faces `ids` as they are, as they are drawn and as they are painted."""
    index = {"ids": list(ids), "levels": tests.levels}
    write_shard(path, _samples(judge, tests, ids), index)


def _samples(judge: Judge, tests: TestSet, ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for name, photo in zip(ids, tests.photos(ids, judge.size), strict=True):
        yield f"{name}.photo.png", encode_png(photo)
    for level in tests.levels:
        for name, face in zip(ids, judge.paint(tests, level, ids), strict=True):
            yield f"{level:g}/{name}.sketch.png", tests.sketch_png(level, name)
            yield f"{level:g}/{name}.png", encode_png(face)


def track_scores(scores: Evaluation, file: Path, spool: Path) -> None:
    """Add scores and their file to the MLflow run that trained the model."""
    values = {
        f"test/{metric}/d{level}": found.value
        for level, metrics in scores.levels.items()
        for metric, found in metrics.items()
    }
    with Tracker.attach(scores.conditions.model_sha256, spool) as run:
        run.metrics(values, step=0)
        for level, metrics in scores.levels.items():  # as a curve, whose steps are px
            curve = {f"test_over_d/{metric}": found.value for metric, found in metrics.items()}
            run.metrics(curve, step=round(float(level)))
        run.artifact(file, "evaluation")


def summary_line(scores: Evaluation) -> str:
    """The headline metric at every level, for people who watch."""
    found = " / ".join(f"{level[LPIPS].value:.3f}" for level in scores.levels.values())
    return f"{LPIPS} {found} at d = {' / '.join(scores.levels)}"


def main(
    variant: Annotated[str, typer.Option(help="name out of `variants` of the params file")],
    seed: Annotated[int, typer.Option(min=0, help="training seed of the model")],
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Score one trained painter on the test photos, at every d of the deformed sketches.

    Reads models/VARIANT/SEED.safetensors, data/faces, data/deformed and data/weights; writes
    results/evaluations/VARIANT/SEED.json and results/samples/VARIANT/SEED.zip. Sketches are
    deformed by d px on a canvas of 512 px; LPIPS, L1, Frechet distance and KID are better when low.
    """
    job = find_job(params, "evaluate", variant=variant, seed=seed)
    known = read(params, EvaluateReads, job.variant).evaluate
    model, test_set, reference, *_ = job.inputs
    out, samples = job.outputs
    subject = Subject(variant, seed, model, layout.drawing_of(test_set))
    device = prepare_device(known.threads, known.precision)
    networks = load_networks(layout.weights, known.inception)
    judge = Judge(model, networks, device, known.precision)
    faces = read_face_list(test_set)
    with TestSet(faces.ids["test"], faces.face_shards, faces.drawn_shards) as tests:
        scores = evaluate(subject, judge, tests, reference, known)
        write_samples(samples, judge, tests, sample_ids(tests.ids, known.samples))
    write_text(out, scores.text())
    track_scores(scores, out, layout.TRACKING)
    return summary_line(scores)


if __name__ == "__main__":
    launch(main)
