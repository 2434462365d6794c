"""Stage `evaluate`: one painter's scores on the test photos at every level of deformation."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from torch import Tensor

from facepencil.config import EvaluateParams, load_params
from facepencil.evaluation.bootstrap import Counts, Estimate, mean, resample
from facepencil.evaluation.distances import frechet, kid
from facepencil.evaluation.record import (
    FRECHET,
    KID,
    L1,
    LPIPS,
    MEANING,
    Conditions,
    Evaluation,
    Score,
)
from facepencil.evaluation.scores import Judge
from facepencil.evaluation.testset import TestSet
from facepencil.images import encode_png
from facepencil.seeds import rng_of, unit_of
from facepencil.store import write_shard, write_text
from facepencil.tracking import Tracker
from facepencil.training.data import ids_of
from facepencil.training.device import prepare_device
from pipeline import layout

_DECIMALS = 6


@dataclass(frozen=True)
class Subject:
    """What is evaluated, and with which metric networks.

    Attributes:
        variant: name of the variant.
        seed: its training seed.
        model: the trained painter.
        lpips: weights of LPIPS-Alex.
        features: weights of EfficientNet-Lite0.
    """

    variant: str
    seed: int
    model: Path
    lpips: Path
    features: Path


def evaluate(subject: Subject, tests: TestSet, samples: Path, params: EvaluateParams) -> Evaluation:
    """Score a painter, and write the shard `samples` of some of its faces beside their photos.

    Raises:
        ShardError: the test set is damaged.
        ValueError: the model or the weights are none.
    """
    device = prepare_device(params.threads)
    judge = Judge(subject.model, subject.lpips, subject.features, device)
    counts = resample(len(tests.ids), params.bootstrap, rng_of("evaluate", "bootstrap"))
    real = judge.of_photos(tests, params.batch)
    levels = {
        f"{level:g}": _summary(
            real, judge.of_level(tests, level, params.batch), counts, params.confidence
        )
        for level in tests.levels
    }
    chosen = sorted(tests.ids, key=lambda name: unit_of("evaluate", "sample", name))
    write_samples(samples, judge, tests, chosen[: params.samples])
    digest = hashlib.sha256(subject.model.read_bytes()).hexdigest()
    return Evaluation(
        variant=subject.variant,
        seed=subject.seed,
        n=len(tests.ids),
        metrics=MEANING,
        conditions=Conditions(
            model_sha256=digest, size_px=judge.size, device=device.type, evaluate=params
        ),
        ids=tests.ids,
        levels=levels,
    )


def _summary(
    real: Tensor, found: tuple[Tensor, Tensor, Tensor], counts: Counts, confidence: float
) -> dict[str, Score]:
    """Every metric of one level, in the order of the tables."""
    lpips, l1, features = found
    return {
        LPIPS: _of_photos(lpips, counts, confidence),
        FRECHET: _score(frechet(real, features, counts, confidence)),
        KID: _score(kid(real, features, counts, confidence)),
        L1: _of_photos(l1, counts, confidence),
    }


def _of_photos(values: Tensor, counts: Counts, confidence: float) -> Score:
    each = values.double().numpy()
    return _score(mean(each, counts, confidence), each.round(_DECIMALS).tolist())


def _score(estimate: Estimate, photos: list[float] | None = None) -> Score:
    rounded = {name: round(value, _DECIMALS) for name, value in asdict(estimate).items()}
    return Score(**rounded, photos=photos)


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
        run.artifact(file, "evaluation")


def summary_lines(scores: Evaluation) -> str:
    """A line a level, for people who watch."""
    return "\n".join(
        f"d = {level:>2}  " + "  ".join(f"{name} {found.value:.4f}" for name, found in at.items())
        for level, at in scores.levels.items()
    )


def main(
    variant: Annotated[str, typer.Option(help="name out of `variants` of the params file")],
    seed: Annotated[int, typer.Option(min=0, help="training seed of the model")],
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> None:
    """Score one trained painter on the test photos, at every d of the deformed sketches.

    Reads models/VARIANT/SEED.safetensors, data/faces, data/deformed and data/weights; writes
    results/evaluations/VARIANT/SEED.json and results/samples/VARIANT/SEED.zip. Sketches are
    deformed by d px on a canvas of 512 px; LPIPS, L1, Frechet distance and KID are better when low.
    """
    every = load_params(params)
    faces = [layout.faces(shard) for shard in every.shards]
    deformed = [layout.deformed(shard) for shard in every.shards]
    subject = Subject(
        variant,
        seed,
        layout.model(variant, seed),
        layout.weights("alexnet_lpips.ckpt"),
        layout.weights("efficientnet_lite0.pth"),
    )
    # Of the test split alone: the painter was never trained on them.
    ids = ids_of(faces, "test", every.seed, every.split)
    with TestSet(ids, faces, deformed) as tests:
        scores = evaluate(subject, tests, layout.samples(variant, seed), every.evaluate)
    file = layout.evaluation(variant, seed)
    write_text(file, scores.text())
    track_scores(scores, file, layout.STATE / "tracking")
    typer.echo(summary_lines(scores))


if __name__ == "__main__":
    typer.run(main)
