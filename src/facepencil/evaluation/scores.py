"""How near painted faces come to the photos, by every metric, at every level of deformation."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn

from facepencil.config.evaluate import EvaluateParams
from facepencil.data.testset import Level, TestSet
from facepencil.device import describe_processor
from facepencil.evaluation.batches import batches, joined
from facepencil.evaluation.bootstrap import Counts, Estimate, Values, mean, resample
from facepencil.evaluation.metrics import (
    Metric,
    PhotoMetric,
    SetMetric,
    feature_networks,
    for_changes,
    measures,
    usable,
)
from facepencil.evaluation.observers import REDRAWN
from facepencil.evaluation.painters import Candidate, sample_ids
from facepencil.evaluation.record import Changed, Conditions, Evaluation, Score
from facepencil.images import Image
from facepencil.seeds import rng_of
from facepencil.tensors import photo_tensor

_DECIMALS = 6


@dataclass(frozen=True)
class Look:
    """What is looked at of a test set.

    Attributes:
        levels: of deformation, or changes; one after another, so that memory holds the features of
            one.
        ids: of the faces.
        sketched: those of them whose painted faces are sketched again.
        batch: faces a forward pass.
    """

    levels: Sequence[Level]
    ids: Sequence[str]
    sketched: Collection[str]
    batch: int


@dataclass
class Measured:
    """What was measured of the faces painted from one level's sketches.

    Attributes:
        photos: numbers (N,) of the photos, by metric, a batch at a time.
        features: (N, ...) of the painted faces, by network, a batch at a time.
    """

    photos: list[Mapping[str, Tensor]] = field(default_factory=list)
    features: list[Mapping[str, Tensor]] = field(default_factory=list)


class Judge:
    """The metrics, and what they look through.

    Attributes:
        metrics: those that can be measured.
        device: where it is done, in float32.
    """

    def __init__(self, networks: Mapping[str, nn.Module], device: torch.device) -> None:
        """Put all networks of `observers.load_networks` on `device`."""
        self._networks = {name: network.to(device) for name, network in networks.items()}
        self._seen = feature_networks(self._networks)
        self.metrics = usable(networks)
        self.device = device

    def levels(
        self,
        painter: Candidate,
        tests: TestSet,
        look: Look,
        real: Mapping[str, Tensor],
        params: EvaluateParams,
        metrics: Sequence[Metric],
    ) -> Iterator[tuple[Level, dict[str, Score]]]:
        """Scores at each level, as of `score`; a painter that is blind is looked at once."""
        scores: dict[str, Score] = {}
        for level in look.levels:
            if not (scores and painter.blind):
                found = self.measure(painter, tests, level, look)
                scores = self.score(found, real, params, metrics)
            yield level, scores

    @torch.inference_mode()
    def measure(self, painter: Candidate, tests: TestSet, level: Level, look: Look) -> Measured:
        """Paint the sketches of a level, and compare with the photos."""
        found = Measured()
        for ids in batches(look.ids, look.batch, f"{painter.variant} {level}"):
            photos = self._tensor(tests.photos(ids, painter.size))
            again = torch.tensor([name in look.sketched for name in ids])
            painted = self._tensor(painter.paint(tests, level, ids))
            found.photos.append(self._numbers(painted, photos))
            found.features.append(self.features(painted, again))
        return found

    def features(self, images: Tensor, sketched: Tensor) -> dict[str, Tensor]:
        """What is seen of faces (N, 3, S, S), by network; lines only where `sketched` (N,)."""
        return {
            name: network(images[sketched] if name == REDRAWN else images).cpu()
            for name, network in self._seen.items()
        }

    def score(
        self,
        measured: Measured,
        real: Mapping[str, Tensor],
        params: EvaluateParams,
        metrics: Sequence[Metric],
    ) -> dict[str, Score]:
        """Scores by metric, each with its bootstrap interval over the photos.

        `real` is what was seen of the photos, by network.
        """
        photos, painted = joined(measured.photos), joined(measured.features)
        return {
            metric.name: self._score(metric, photos, real, painted, params) for metric in metrics
        }

    def _score(
        self,
        metric: Metric,
        photos: Mapping[str, Tensor],
        real: Mapping[str, Tensor],
        painted: Mapping[str, Tensor],
        params: EvaluateParams,
    ) -> Score:
        if isinstance(metric, PhotoMetric):
            return _mean(photos[metric.name], params)
        pair = real[metric.network], painted[metric.network]
        if not isinstance(metric, SetMetric):
            return _mean(metric.measure(*pair), params)
        network = self._networks[metric.network]
        ours, theirs = (metric.head(network, each.to(self.device)).cpu() for each in pair)
        drawn = metric.distance(ours, theirs, shared_draws(len(ours), params.bootstrap))
        return _rounded(drawn.interval(params.confidence), draws=drawn.draws)

    def _numbers(self, painted: Tensor, photos: Tensor) -> dict[str, Tensor]:
        return {
            metric.name: metric.measure(self._network(metric), painted, photos).cpu()
            for metric in self.metrics
            if isinstance(metric, PhotoMetric)
        }

    def _network(self, metric: PhotoMetric) -> nn.Module:
        return self._networks[metric.network] if metric.network else nn.Identity()

    def _tensor(self, photos: Image) -> Tensor:
        return photo_tensor(photos).to(self.device)


def evaluate(
    painter: Candidate,
    judge: Judge,
    tests: TestSet,
    real: Mapping[str, Tensor],
    params: EvaluateParams,
    drawing: str = "",
) -> Evaluation:
    """Score a painter at every level of the test set.

    Args:
        painter: who paints.
        judge: the metrics.
        tests: the test set.
        real: what was seen of its photos, of `photo_features`.
        params: of the evaluation.
        drawing: the way in which the sketches were drawn, where it is none of the usual.

    Raises:
        ShardError: the test set is damaged.
    """
    sketched = _chosen(tests, params.sketched)
    look = Look(tests.levels, tests.ids, set(sketched), params.batch)
    levels = {
        f"{level:g}": scores
        for level, scores in judge.levels(painter, tests, look, real, params, judge.metrics)
    }
    return Evaluation(
        variant=painter.variant,
        seed=painter.seed,
        n=len(tests.ids),
        metrics=measures(judge.metrics),
        conditions=_conditions(painter, judge, tests, params, drawing),
        ids=tests.ids,
        sketched=sketched,
        levels=levels,
        changed=_changed(painter, judge, tests, real, params),
    )


def _changed(
    painter: Candidate,
    judge: Judge,
    tests: TestSet,
    real: Mapping[str, Tensor],
    params: EvaluateParams,
) -> Changed:
    """Scores on the changed sketches of some of the photos, at every kind and strength."""
    if not tests.changes:
        return Changed()
    ids = _chosen(tests, params.changed)
    places = [place for place, name in enumerate(tests.ids) if name in set(ids)]
    part = {name: seen[places] for name, seen in real.items() if name != REDRAWN}
    look = Look(tests.changes, ids, set(), params.batch)
    metrics = for_changes(judge.metrics)
    scores = judge.levels(painter, tests, look, part, params, metrics)
    return Changed(ids=ids, levels={str(change): found for change, found in scores})


def _chosen(tests: TestSet, count: int) -> list[str]:
    """So many test faces, the same for all painters, in the order of the set."""
    chosen = set(sample_ids(tests.ids, count))
    return [name for name in tests.ids if name in chosen]


def _conditions(
    painter: Candidate, judge: Judge, tests: TestSet, params: EvaluateParams, drawing: str
) -> Conditions:
    return Conditions(
        model_sha256=painter.model_sha256,
        photos_digest=tests.photos_digest(),
        sketches_digest=tests.sketches_digest(),
        drawing=drawing,
        told=list(painter.told),
        size_px=painter.size,
        device=judge.device.type,
        processor=describe_processor(judge.device),
        versions={"torch": torch.__version__, "numpy": np.__version__},
        evaluate=params,
    )


@lru_cache(maxsize=2)  # of all photos and of those sketched again; many take seconds to draw
def shared_draws(photos: int, times: int) -> Counts:
    """Resamples of so many photos: the same for all painters and metrics."""
    return resample(photos, times, rng_of("evaluate", "bootstrap"))


def _mean(photos: Tensor, params: EvaluateParams) -> Score:
    each = photos.double().numpy()
    estimate = mean(each, shared_draws(len(each), params.bootstrap), params.confidence)
    return _rounded(estimate, photos=each)


def _rounded(estimate: Estimate, **each: Values) -> Score:
    bounds = {name: round(value, _DECIMALS) for name, value in asdict(estimate).items()}
    lists = {name: values.round(_DECIMALS).tolist() for name, values in each.items()}
    return Score(**bounds, **lists)
