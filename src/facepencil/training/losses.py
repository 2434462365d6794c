"""Losses of the paper (sections objective and training), each a mean: independent of sizes.

A loss of the painters is a function of a `Scene` and a line in `PAINTER_LOSSES`; its weight is
`train.<name>_weight`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from facepencil.config.train import TrainParams
from facepencil.networks.painted import Painted
from facepencil.pretrained.vgg import maps_distance

Scales = Sequence[Sequence[Tensor]]
"""What `MultiScaleDiscriminator` returns: maps by scale and layer, logits last."""


@dataclass(frozen=True)
class Adversarial:
    """A GAN's losses of logits, each a mean over patches, then over scales."""

    real: Callable[[Tensor], Tensor]
    """D's loss of real pairs."""
    fake: Callable[[Tensor], Tensor]
    """D's loss of painted pairs."""
    fool: Callable[[Tensor], Tensor]
    """The generator's loss of painted pairs."""

    def discriminator(self, real: Scales, fake: Scales) -> Tensor:
        """Mean of the losses of real and of painted pairs; a scalar."""
        return (_over_scales(self.real, real) + _over_scales(self.fake, fake)) / 2

    def generator(self, fake: Scales) -> Tensor:
        """Low where D takes painted pairs for real; a scalar."""
        return _over_scales(self.fool, fake)


def adversarial(gan: Literal["lsgan", "hinge", "vanilla"]) -> Adversarial:
    """Least squares (the release's), hinge, or the paper's log-GAN (non-saturating)."""
    if gan == "lsgan":
        return Adversarial(_to_one, lambda logit: logit.square().mean(), _to_one)
    if gan == "hinge":
        return Adversarial(
            lambda logit: F.relu(1 - logit).mean(),
            lambda logit: F.relu(1 + logit).mean(),
            lambda logit: -logit.mean(),
        )
    return Adversarial(_log_real, lambda logit: F.softplus(logit).mean(), _log_real)


HEADS_GAN = adversarial("hinge")
"""Of D's heads, as in Projected GANs."""


def gradient_penalty(
    judge: Callable[[Tensor, Tensor], Scales], sketches: Tensor, photos: Tensor
) -> Tensor:
    """R1 (Mescheder et al., ICML 2018): half of the squared gradient of D's logit to a real photo.

    The logit is the mean over patches and scales; the penalty sums over the photo's values, and is
    the mean over photos. It can be differentiated for D's weights.

    Args:
        judge: D.
        sketches: (N, 1, S, S) in [0, 1], the condition: no gradient to them counts.
        photos: (N, 3, S, S) in [-1, 1].
    """
    photos = photos.detach().requires_grad_()
    logits = [maps[-1].mean((1, 2, 3)) for maps in judge(sketches, photos)]
    (slope,) = torch.autograd.grad(torch.stack(logits).mean(0).sum(), photos, create_graph=True)
    return slope.square().sum((1, 2, 3)).mean() / 2


def feature_matching(real: Scales, fake: Scales) -> Tensor:
    """L_DFM: L1 between D's maps of real and painted pairs, mean over layers, then scales.

    The logits are left out, and no gradient flows into `real`.
    """
    losses = [
        _mean_l1(mine[:-1], [one.detach() for one in theirs[:-1]])
        for mine, theirs in zip(fake, real, strict=True)
    ]
    return torch.stack(losses).mean()


def generator_feature_matching(
    main: Sequence[Tensor], auxiliary: Sequence[Tensor], *, detach: bool = False
) -> Tensor:
    """L_GFM: L1 between G_m's and G_a's maps, mean over the layers.

    `detach` keeps the gradient out of G_a.
    """
    return _mean_l1(main, [one.detach() for one in auxiliary] if detach else auxiliary)


@dataclass(frozen=True)
class VggMaps:
    """What VGG16 makes of a step's images, through a window of `train.vgg_px`.

    Attributes:
        real: of the photos, unit vectors.
        painted: of the painted images as they are, one list a generator.
    """

    real: Sequence[Tensor]
    painted: Sequence[Sequence[Tensor]]


@dataclass(frozen=True)
class Scene:
    """What the painters' losses look at in one step.

    Attributes:
        photos: (N, 3, S, S) in [-1, 1].
        painted: of one generator, or of G_a and G_m.
        real: D's maps of real pairs, as many as there are painted ones; none before D is asked.
        fake: D's maps of painted pairs; likewise.
        fake_heads: logits of D's heads of painted pairs; none without heads or before D is asked.
        vgg: what VGG16 makes of the images, or None where nothing needs it.
        train: which losses, and how.
    """

    photos: Tensor
    painted: Sequence[Painted]
    real: Scales
    fake: Scales
    fake_heads: Scales
    vgg: VggMaps | None
    train: TrainParams

    @property
    def images(self) -> list[Tensor]:
        """Painted images (N, 3, S, S), one batch a generator."""
        return [one.image for one in self.painted]


def fooling_loss(scene: Scene) -> Tensor:
    """The adversarial loss of the painters."""
    return adversarial(scene.train.gan).generator(scene.fake)


def heads_loss(scene: Scene) -> Tensor:
    """The adversarial loss of the painters by D's heads, a hinge loss."""
    return HEADS_GAN.generator(scene.fake_heads)


def dfm_loss(scene: Scene) -> Tensor:
    """L_DFM of all painted pairs."""
    return feature_matching(scene.real, scene.fake)


def l1_loss(scene: Scene) -> Tensor:
    """L1 between painted images and photos, mean over the generators."""
    return _mean(F.l1_loss(image.float(), scene.photos) for image in scene.images)


def vgg_loss(scene: Scene) -> Tensor:
    """VGG16 feature distance between painted images and photos, mean over the generators."""
    assert scene.vgg is not None
    real = scene.vgg.real
    return _mean(maps_distance(real, maps) for maps in scene.vgg.painted)


def gfm_loss(scene: Scene) -> Tensor:
    """L_GFM between G_m and G_a, at `train.gfm_layers`."""
    aligned, deformed = (one.features[scene.train.gfm_layers] for one in scene.painted)
    return generator_feature_matching(deformed, aligned, detach=scene.train.gfm_detach)


PAINTER_LOSSES: dict[str, Callable[[Scene], Tensor]] = {
    "gan": fooling_loss,
    "heads": heads_loss,
    "dfm": dfm_loss,
    "l1": l1_loss,
    "vgg": vgg_loss,
    "gfm": gfm_loss,
}
"""By name; each counts once a generator, but for L_GFM, which needs two and counts once."""

_OF_D = {"gan", "dfm"}
_FREE = {*_OF_D, "l1"}
"""So cheap that they are logged even at weight 0."""


def painter_losses(scene: Scene) -> tuple[Tensor, dict[str, Tensor]]:
    """The painters' objective, a scalar, and its terms, unweighted, by name."""
    terms = {name: loss(scene) for name, loss in PAINTER_LOSSES.items() if _counts(name, scene)}
    times = {name: 1 if name == "gfm" else len(scene.painted) for name in terms}
    total = [terms[name] * _weight(name, scene) * times[name] for name in terms]
    return torch.stack(total).sum(), terms


def _counts(name: str, scene: Scene) -> bool:
    if name == "gfm":
        return len(scene.painted) == 2
    if name in _OF_D and not scene.fake:
        return False
    if name == "heads":
        return bool(scene.fake_heads)
    return name in _FREE or _weight(name, scene) > 0


def _weight(name: str, scene: Scene) -> float:
    return float(getattr(scene.train, f"{name}_weight"))


def _mean(losses: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(losses)).mean()


def _mean_l1(first: Sequence[Tensor], second: Sequence[Tensor]) -> Tensor:
    losses = [F.l1_loss(a, b) for a, b in zip(first, second, strict=True)]
    return torch.stack(losses).mean()


def _over_scales(loss: Callable[[Tensor], Tensor], scales: Scales) -> Tensor:
    return torch.stack([loss(maps[-1]) for maps in scales]).mean()


def _to_one(logit: Tensor) -> Tensor:
    return (logit - 1).square().mean()


def _log_real(logit: Tensor) -> Tensor:
    return F.softplus(-logit).mean()
