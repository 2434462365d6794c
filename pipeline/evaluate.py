"""Stage `evaluate`: one painter's scores on the test photos at every level of deformation."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from torch import Tensor, nn

from facepencil.config import EvaluateParams, load_params
from facepencil.evaluation.bootstrap import Counts, Estimate, mean, resample
from facepencil.evaluation.distances import frechet, kid
from facepencil.evaluation.features import load_features
from facepencil.evaluation.perceptual import load_lpips
from facepencil.evaluation.record import (
    FID,
    FRECHET,
    KID,
    L1,
    LPIPS,
    MEANING,
    Conditions,
    Evaluation,
    Score,
)
from facepencil.evaluation.scores import Compared, Judge, Metrics
from facepencil.evaluation.testset import TestSet
from facepencil.images import encode_png
from facepencil.seeds import rng_of, unit_of
from facepencil.store import write_shard, write_text
from facepencil.tracking import Tracker
from facepencil.training.data import ids_of
from facepencil.training.device import prepare_device
from pipeline import layout

WEIGHTS = ("alexnet_lpips.ckpt", "efficientnet_lite0.pth", "inception_fid.pth")
_DECIMALS = 6


@dataclass(frozen=True)
class Weights:
    """Files of the metric networks; `inception` is read only where the params tell its hash."""

    lpips: Path
    features: Path
    inception: Path

    def load(self, inception_sha256: str | None) -> Metrics:
        """The networks, for inference.

        Raises:
            ValueError: a file holds other weights, or has another hash.
        """
        features: dict[str, nn.Module] = {FRECHET: load_features(self.features)}
        if inception_sha256:
            # Torchvision takes seconds, and only this network needs it.
            from facepencil.evaluation.inception import load_inception

            features[FID] = load_inception(self.inception, inception_sha256)
        return Metrics(load_lpips(self.lpips), features)


@dataclass(frozen=True)
class Subject:
    """The painter in question: its variant, training seed and file."""

    variant: str
    seed: int
    model: Path


def evaluate(subject: Subject, judge: Judge, tests: TestSet, params: EvaluateParams) -> Evaluation:
    """Score the painter that `judge` holds at every level of the test set.

    Raises:
        ShardError: the test set is damaged.
    """
    counts = resample(len(tests.ids), params.bootstrap, rng_of("evaluate", "bootstrap"))
    real = judge.of_photos(tests, params.batch)
    levels = {}
    for level in tests.levels:
        found = judge.of_level(tests, level, params.batch)
        levels[f"{level:g}"] = _scores(real, found, counts, params.confidence)
    conditions = Conditions(
        model_sha256=hashlib.sha256(subject.model.read_bytes()).hexdigest(),
        size_px=judge.size,
        device=judge.device.type,
        evaluate=params,
    )
    return Evaluation(
        variant=subject.variant,
        seed=subject.seed,
        n=len(tests.ids),
        metrics={name: MEANING[name] for name in next(iter(levels.values()))},
        conditions=conditions,
        ids=tests.ids,
        levels=levels,
    )


def _scores(
    real: Mapping[str, Tensor], found: Compared, counts: Counts, confidence: float
) -> dict[str, Score]:
    scores = {
        LPIPS: _of_photos(found.lpips, counts, confidence),
        L1: _of_photos(found.l1, counts, confidence),
        KID: _score(kid(real[FRECHET], found.features[FRECHET], counts, confidence)),
    }
    for name, features in found.features.items():
        scores[name] = _score(frechet(real[name], features, counts, confidence))
    return {name: scores[name] for name in MEANING if name in scores}


def _of_photos(values: Tensor, counts: Counts, confidence: float) -> Score:
    each = values.double().numpy()
    return _score(mean(each, counts, confidence), each.round(_DECIMALS).tolist())


def _score(estimate: Estimate, photos: list[float] | None = None) -> Score:
    rounded = {name: round(value, _DECIMALS) for name, value in asdict(estimate).items()}
    return Score(**rounded, photos=photos)


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
    subject = Subject(variant, seed, layout.model(variant, seed))
    faces = [layout.faces(shard) for shard in every.shards]
    deformed = [layout.deformed(shard) for shard in every.shards]
    # Of the test split alone: the painter was never trained on them.
    ids = ids_of(faces, "test", every.seed, every.split)
    device = prepare_device(every.evaluate.threads)
    metrics = Weights(*map(layout.weights, WEIGHTS)).load(every.evaluate.inception)
    judge = Judge(subject.model, metrics, device)
    with TestSet(ids, faces, deformed) as tests:
        scores = evaluate(subject, judge, tests, every.evaluate)
        chosen = sample_ids(ids, every.evaluate.samples)
        write_samples(layout.samples(variant, seed), judge, tests, chosen)
    file = layout.evaluation(variant, seed)
    write_text(file, scores.text())
    track_scores(scores, file, layout.STATE / "tracking")
    typer.echo(summary_lines(scores))


if __name__ == "__main__":
    typer.run(main)
