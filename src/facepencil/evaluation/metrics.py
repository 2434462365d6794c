"""The metrics of the tables: a function each, and a line in `METRICS`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from torch import Tensor, nn

from facepencil.evaluation.bootstrap import Counts, Resampled
from facepencil.evaluation.distances import frechet, kid
from facepencil.evaluation.record import FID, LPIPS, Measure
from facepencil.pretrained.efficientnet import load_efficientnet
from facepencil.pretrained.lpips import load_lpips

ALEXNET = "alexnet_lpips.ckpt"
EFFICIENTNET = "efficientnet_lite0.pth"
INCEPTION = "inception_fid.pth"
"""Networks that metrics look through, by the registry's name of their weights."""


@dataclass(frozen=True)
class PhotoMetric:
    """A number a photo; the score is their mean.

    Attributes:
        name: in tables and files.
        meaning: what it is, in words.
        better: which way.
        network: file of the network it looks through, or None.
        measure: that network, painted faces and photos (N, 3, S, S) in [-1, 1] to (N,).
    """

    name: str
    meaning: str
    better: Literal["low", "high"]
    network: str | None
    measure: Callable[[nn.Module, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class SetMetric:
    """A distance of all painted faces from all photos.

    Attributes:
        name: in tables and files.
        meaning: what it is, in words.
        better: which way.
        network: file of the network whose features are compared.
        distance: features (N, D) of photos and of painted faces and draws of the bootstrap to the
            score and its resamples.
    """

    name: str
    meaning: str
    better: Literal["low", "high"]
    network: str
    distance: Callable[[Tensor, Tensor, Counts], Resampled]


Metric = PhotoMetric | SetMetric


def lpips(network: nn.Module, painted: Tensor, photos: Tensor) -> Tensor:
    """LPIPS (N,) of pairs of images; the metric of Zhang et al., CVPR 2018."""
    distances: Tensor = network(painted, photos)
    return distances


def pixel_difference(_: nn.Module, painted: Tensor, photos: Tensor) -> Tensor:
    """Mean absolute difference (N,) of pixels in [0, 1]."""
    return (painted - photos).abs().mean(dim=(1, 2, 3)) / 2


METRICS: tuple[Metric, ...] = (
    PhotoMetric(LPIPS, "LPIPS 0.1 on AlexNet, mean over photos", "low", ALEXNET, lpips),
    SetMetric(
        "FD-EffLite0",
        "Frechet distance on 1280 features of EfficientNet-Lite0, biased upwards at small N",
        "low",
        EFFICIENTNET,
        frechet,
    ),
    SetMetric(
        "KID-EffLite0",
        "unbiased squared MMD of paired samples, cubic kernel, on the same features",
        "low",
        EFFICIENTNET,
        kid,
    ),
    PhotoMetric(
        "L1",
        "mean absolute difference of pixels in [0, 1], mean over photos",
        "low",
        None,
        pixel_difference,
    ),
    SetMetric(
        FID,
        "Frechet distance on 2048 features of Inception v3, biased upwards at small N",
        "low",
        INCEPTION,
        frechet,
    ),
)
"""In the order of the tables. FID needs weights of one's own."""


def measures(metrics: Sequence[Metric]) -> dict[str, Measure]:
    """What metrics are, by name, for the file of an evaluation."""
    return {one.name: Measure(meaning=one.meaning, better=one.better) for one in metrics}


def usable(networks: Mapping[str, nn.Module]) -> Sequence[Metric]:
    """The metrics whose network is among `networks`."""
    return [one for one in METRICS if one.network is None or one.network in networks]


def feature_networks(networks: Mapping[str, nn.Module]) -> dict[str, nn.Module]:
    """Those of `networks` whose features of whole sets are compared."""
    names = {metric.network for metric in usable(networks) if isinstance(metric, SetMetric)}
    return {name: networks[name] for name in sorted(names)}


def load_networks(
    files: Callable[[str], Path], inception_sha256: str | None
) -> dict[str, nn.Module]:
    """The networks of the metrics, for inference, on the CPU.

    Args:
        files: where weights lie, by the registry's name.
        inception_sha256: hash of Inception's weights, which are read only where it is given.

    Raises:
        ValueError: a file holds other weights, or has another hash.
    """
    networks: dict[str, nn.Module] = {
        ALEXNET: load_lpips(files(ALEXNET)),
        EFFICIENTNET: load_efficientnet(files(EFFICIENTNET)),
    }
    if inception_sha256:
        # Torchvision takes seconds, and only this network needs it.
        from facepencil.pretrained.inception import load_inception

        networks[INCEPTION] = load_inception(files(INCEPTION), inception_sha256)
    return networks
