"""How near painted faces come to the photos, by every metric, at every level of deformation."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from facepencil.config.evaluate import EvaluateParams
from facepencil.config.section import Precision
from facepencil.data.testset import TestSet
from facepencil.device import forward_in
from facepencil.evaluation.batches import batches, joined
from facepencil.evaluation.bootstrap import Counts, Estimate, Values, mean, resample
from facepencil.evaluation.metrics import (
    Metric,
    PhotoMetric,
    SetMetric,
    feature_networks,
    usable,
)
from facepencil.evaluation.record import Score
from facepencil.images import Image
from facepencil.networks.painter import load_painter
from facepencil.seeds import rng_of
from facepencil.tensors import photo_pixels, photo_tensor

_DECIMALS = 6


@dataclass(frozen=True)
class Measured:
    """What was measured of the faces painted from one level's sketches.

    Attributes:
        photos: (N,) numbers of the photos, by metric.
        features: (N, D) of the painted faces, by network.
    """

    photos: Mapping[str, Tensor]
    features: Mapping[str, Tensor]


class Judge:
    """A painter and the networks of the metrics on a device.

    Attributes:
        metrics: those that can be measured.
        size: side of the painted faces, px.
        device: of all networks.
    """

    def __init__(
        self,
        painter: Path,
        networks: Mapping[str, nn.Module],
        device: torch.device,
        precision: Precision,
    ) -> None:
        """Read the painter of `networks.painter` and put all networks on `device`.

        Args:
            painter: file of the model.
            networks: of `metrics.load_networks`.
            device: to paint and measure on.
            precision: of painting; faces are always measured in float32.

        Raises:
            FileNotFoundError: there is no such model.
            ValueError: `painter` is no model.
        """
        net, model = load_painter(painter)
        self._painter, self.size = net.to(device), model.size
        self._networks = {name: network.to(device) for name, network in networks.items()}
        self.metrics = usable(networks)
        self.device, self._precision = device, precision

    @torch.inference_mode()
    def paint(self, tests: TestSet, level: float, ids: Sequence[str]) -> Image:
        """Faces (N, size, size, 3) painted from sketches, in the 8 bits that a file keeps."""
        sketches = tests.sketches(level, ids, self.size).to(self.device)
        with forward_in(self._precision, self.device):
            image = self._painter(sketches).image
        return photo_pixels(image)

    @torch.inference_mode()
    def measure(self, tests: TestSet, level: float, batch: int) -> Measured:
        """Paint the sketches of one level, and compare with the photos."""
        numbers, features = [], []
        for ids in batches(tests.ids, batch, f"d = {level:g}"):
            painted = photo_tensor(self.paint(tests, level, ids)).to(self.device)
            numbers.append(self._numbers(painted, self._photos(tests, ids)))
            features.append(self._features(painted))
        return Measured(joined(numbers), joined(features))

    def _numbers(self, painted: Tensor, photos: Tensor) -> dict[str, Tensor]:
        return {
            metric.name: metric.measure(self._network(metric), painted, photos).cpu()
            for metric in self.metrics
            if isinstance(metric, PhotoMetric)
        }

    def _features(self, images: Tensor) -> dict[str, Tensor]:
        networks = feature_networks(self._networks)
        return {name: network(images).cpu() for name, network in networks.items()}

    def _network(self, metric: PhotoMetric) -> nn.Module:
        return self._networks[metric.network] if metric.network else nn.Identity()

    def _photos(self, tests: TestSet, ids: Sequence[str]) -> Tensor:
        return photo_tensor(tests.photos(ids, self.size)).to(self.device)


def score(
    judge: Judge, tests: TestSet, real: Mapping[str, Tensor], params: EvaluateParams
) -> dict[str, dict[str, Score]]:
    """Scores by level d (as text) and metric, each with its bootstrap interval over the photos.

    Args:
        judge: the painter and the metrics.
        tests: the test set.
        real: features of its photos, by network, of `reference.photo_features`.
        params: of the evaluation.

    Raises:
        ShardError: the test set is damaged.
    """
    counts = resample(len(tests.ids), params.bootstrap, rng_of("evaluate", "bootstrap"))
    return {
        f"{level:g}": {
            metric.name: _score(metric, real, found, counts, params.confidence)
            for metric in judge.metrics
        }
        for level in tests.levels
        for found in [judge.measure(tests, level, params.batch)]
    }


def _score(
    metric: Metric,
    real: Mapping[str, Tensor],
    found: Measured,
    counts: Counts,
    confidence: float,
) -> Score:
    if isinstance(metric, SetMetric):
        painted = found.features[metric.network]
        drawn = metric.distance(real[metric.network], painted, counts)
        return _rounded(drawn.interval(confidence), draws=drawn.draws)
    each = found.photos[metric.name].double().numpy()
    return _rounded(mean(each, counts, confidence), photos=each)


def _rounded(estimate: Estimate, **each: Values) -> Score:
    bounds = {name: round(value, _DECIMALS) for name, value in asdict(estimate).items()}
    return Score(
        **bounds, **{name: values.round(_DECIMALS).tolist() for name, values in each.items()}
    )
