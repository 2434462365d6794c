"""The metrics of the tables: a function each, and a line in `METRICS`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import torch
from torch import Tensor, nn

from facepencil.evaluation.bootstrap import Counts, Resampled
from facepencil.evaluation.distances import frechet, inception_score, kid
from facepencil.evaluation.lines import chamfer, line_f1
from facepencil.evaluation.observers import (
    ALEXNET,
    DETECTED,
    EFFICIENTNET,
    IDENTITY,
    INCEPTION,
    PRESENCE,
    REDRAWN,
    SPECTRUM,
)
from facepencil.evaluation.record import FID, LPIPS, Measure
from facepencil.evaluation.spectrum import spectrum_deviation
from facepencil.evaluation.ssim import ssim
from facepencil.pretrained.efficientnet import EfficientNetLite0

Better = Literal["low", "high"]


@dataclass(frozen=True)
class NamedMetric:
    """What all metrics have.

    Attributes:
        name: in tables and files.
        meaning: what it is, in words.
        better: which way.
    """

    name: str
    meaning: str
    better: Better


@dataclass(frozen=True)
class PhotoMetric(NamedMetric):
    """A number a photo, of its pixels and those of the painted face; the score is their mean.

    Attributes:
        network: file of the network it looks through, or None.
        measure: that network, painted faces and photos (N, 3, S, S) in [-1, 1] to (N,).
    """

    network: str | None
    measure: Callable[[nn.Module, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class FeatureMetric(NamedMetric):
    """A number a photo, of what is seen in it and in the painted face; the score is their mean.

    Attributes:
        network: what both are seen through.
        measure: what is seen of photos and of painted faces, (N, ...) each, to (N,).
    """

    network: str
    measure: Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class SetMetric(NamedMetric):
    """A distance of all painted faces from all photos.

    Attributes:
        network: file of the network whose features are compared.
        distance: features (N, D) of photos and of painted faces and draws of the bootstrap to the
            score and its resamples.
        head: what makes the features compared out of those of the network.
    """

    network: str
    distance: Callable[[Tensor, Tensor, Counts], Resampled]
    head: Callable[[nn.Module, Tensor], Tensor] = lambda _, features: features


Metric = PhotoMetric | FeatureMetric | SetMetric


def lpips(network: nn.Module, painted: Tensor, photos: Tensor) -> Tensor:
    """LPIPS (N,) of pairs of images; the metric of Zhang et al., CVPR 2018."""
    distances: Tensor = network(painted, photos)
    return distances


def pixel_difference(_: nn.Module, painted: Tensor, photos: Tensor) -> Tensor:
    """Mean absolute difference (N,) of pixels in [0, 1]."""
    return (painted - photos).abs().mean(dim=(1, 2, 3)) / 2


def similarity(_: nn.Module, painted: Tensor, photos: Tensor) -> Tensor:
    """SSIM (N,) of pairs of images."""
    return ssim((painted + 1) / 2, (photos + 1) / 2)


def descriptor_distance(real: Tensor, painted: Tensor) -> Tensor:
    """Distance (N,) between descriptors (N, D)."""
    distances: Tensor = torch.linalg.vector_norm(real - painted, dim=1)
    return distances


def presence(_: Tensor, painted: Tensor) -> Tensor:
    """Whether there are faces (N,), out of (N, 1)."""
    return painted[:, 0]


def logits(network: nn.Module, features: Tensor) -> Tensor:
    """Scores (N, 1000) of ImageNet's classes, out of the features of EfficientNet-Lite0."""
    return cast(EfficientNetLite0, network).logits(features)


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
        "unbiased squared MMD of paired samples, cubic kernel, on the same features; in blocks of "
        "at most 1000 photos",
        "low",
        EFFICIENTNET,
        kid,
    ),
    SetMetric(
        "IS-EffLite0",
        "exponential of the mean divergence of a face's from all faces' ImageNet classes, by "
        "EfficientNet-Lite0; no Inception score, and not comparable with one",
        "high",
        EFFICIENTNET,
        inception_score,
        logits,
    ),
    PhotoMetric(
        "L1",
        "mean absolute difference of pixels in [0, 1], mean over photos",
        "low",
        None,
        pixel_difference,
    ),
    PhotoMetric(
        "SSIM",
        "structural similarity of RGB, Gaussian window of 11 px, mean over photos",
        "high",
        None,
        similarity,
    ),
    FeatureMetric(
        "identity",
        "distance of 128 descriptors of dlib's face recognition network, mean over photos; beyond "
        "0.6 it takes them for two people",
        "low",
        IDENTITY,
        descriptor_distance,
    ),
    FeatureMetric(
        "face-presence",
        f"share of painted faces in which YuNet scores {DETECTED} or more and the face mesh is "
        "present by more than 0.999",
        "high",
        PRESENCE,
        presence,
    ),
    FeatureMetric(
        "Chamfer",
        "mean distance, in px of 256, between the lines of the painted face's sketch and of the "
        "photo's undeformed one, both ways; over as many photos as evaluate.sketched says",
        "low",
        REDRAWN,
        chamfer,
    ),
    FeatureMetric(
        "line-F1",
        "harmonic mean of the shares of line pixels of either sketch with one of the other's "
        "within 2 px of 256; over the same photos",
        "high",
        REDRAWN,
        line_f1,
    ),
    SetMetric(
        "spectrum",
        "largest deviation of the painted faces' power from the photos', dB: grey, Hann window, "
        "eight rings of spatial frequency, all directions, both axes and the diagonals",
        "low",
        SPECTRUM,
        spectrum_deviation,
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


def for_changes(metrics: Sequence[Metric]) -> Sequence[Metric]:
    """Those measured on changed sketches too.

    Not those of whole sets that are biased where photos are few, nor those of lines, which take
    long.
    """
    chosen = (LPIPS, "KID-EffLite0", "identity", "face-presence")
    return [one for one in metrics if one.name in chosen]


def measures(metrics: Sequence[Metric]) -> dict[str, Measure]:
    """What metrics are, by name, for the file of an evaluation."""
    return {one.name: Measure(meaning=one.meaning, better=one.better) for one in metrics}


def usable(networks: Mapping[str, nn.Module]) -> Sequence[Metric]:
    """The metrics whose network is among `networks`."""
    return [one for one in METRICS if one.network is None or one.network in networks]


def feature_networks(networks: Mapping[str, nn.Module]) -> dict[str, nn.Module]:
    """Those of `networks` that look at one face at a time."""
    metrics = [one for one in usable(networks) if not isinstance(one, PhotoMetric)]
    return {name: networks[name] for name in sorted({one.network for one in metrics})}
