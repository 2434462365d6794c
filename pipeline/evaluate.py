"""Stage `evaluate`: one painter's scores on the test photos at every level of deformation."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import cv2
import typer

from facepencil.config.reading import read
from facepencil.data.palettes import read_palettes
from facepencil.data.sets import read_face_list
from facepencil.data.testset import TestSet
from facepencil.device import prepare_device
from facepencil.evaluation.observers import load_networks
from facepencil.evaluation.painters import (
    Candidate,
    Shown,
    Widths,
    chosen_widths,
    model_paint,
    sample_ids,
    told_inputs,
)
from facepencil.evaluation.photo_features import read_reference
from facepencil.evaluation.record import LPIPS, Evaluation
from facepencil.evaluation.scores import Judge, evaluate
from facepencil.images import encode_png
from facepencil.store import write_shard, write_text
from facepencil.tracking.run import Tracker
from pipeline import layout
from pipeline.graph import METRIC_WEIGHTS, find_job
from pipeline.launch import launch
from pipeline.reads import EvaluateReads

WORST = 4
"""As many faces are shown that a model paints worst."""


def write_samples(
    path: Path, painter: Candidate, tests: TestSet, shown: Shown, widths: Widths | None
) -> None:
    """Write a shard of faces as they are, as they are drawn and as they are painted.

    With it go those that the model paints worst, and where it has attention, the width of strokes
    that it chooses.
    """
    write_shard(path, _samples(painter, tests, shown, widths), asdict(shown))


def _samples(
    painter: Candidate, tests: TestSet, shown: Shown, widths: Widths | None
) -> Iterator[tuple[str, bytes]]:
    every = list(dict.fromkeys([*shown.ids, *shown.worst]))
    for name, photo in zip(every, tests.photos(every, painter.size), strict=True):
        yield f"{name}.photo.png", encode_png(photo)
    for level in shown.levels:
        ids = every if level == shown.worst_level else shown.ids
        for name, face in zip(ids, painter.paint(tests, level, ids), strict=True):
            yield f"{level:g}/{name}.sketch.png", tests.sketch_png(level, name)
            yield f"{level:g}/{name}.png", encode_png(face)
        if widths:
            for name, picture in zip(shown.ids, widths(tests, level, shown.ids), strict=True):
                yield f"{level:g}/{name}.width.png", encode_png(picture)


def worst_ids(scores: Evaluation, level: str, count: int) -> list[str]:
    """The faces with the largest LPIPS at a level, the worst first."""
    each = zip(scores.levels[level][LPIPS].photos or [], scores.ids, strict=True)
    return [name for _, name in sorted(each, reverse=True)[:count]]


def track_scores(scores: Evaluation, file: Path, spool: Path) -> None:
    """Add scores and their file to the MLflow run that trained the model."""
    values = {
        f"test/{metric}/d{level}": found.value
        for level, metrics in scores.levels.items()
        for metric, found in metrics.items()
    }
    with Tracker.attach(str(scores.conditions.model_sha256), spool) as run:
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
    deformed by d px on a canvas of 512 px.
    """
    job = find_job(params, "evaluate", variant=variant, seed=seed)
    reads = read(params, EvaluateReads, job.variant)
    known = reads.evaluate
    cv2.setNumThreads(known.threads)
    device = prepare_device(known.threads, known.precision)
    model, test_set, reference, *more = job.inputs
    palettes = read_palettes(more[len(METRIC_WEIGHTS) :])
    out, samples = job.outputs
    paint, built = model_paint(model, device, known.precision, palettes)
    sha256 = hashlib.sha256(model.read_bytes()).hexdigest()
    told = told_inputs(built)
    painter = Candidate(paint, built.size, variant, seed, sha256, told=told)
    judge = Judge(load_networks(layout.weights, known.inception, reads.crop, reads.sketch), device)
    faces = read_face_list(test_set)
    with TestSet(faces.ids["test"], faces.face_shards, faces.drawn_shards) as tests:
        real = read_reference(reference, tests.photos_digest())
        scores = evaluate(painter, judge, tests, real, known, layout.drawing_of(test_set))
        worst_level = max(tests.levels)
        worst = worst_ids(scores, f"{worst_level:g}", WORST)
        ids = sample_ids(tests.ids, known.samples)
        shown = Shown(ids, tests.levels, worst, worst_level)
        write_samples(samples, painter, tests, shown, chosen_widths(model, device))
    write_text(out, scores.text())
    track_scores(scores, out, layout.TRACKING)
    return summary_line(scores)


if __name__ == "__main__":
    launch(main)
