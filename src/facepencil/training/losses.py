"""Losses of the paper (sections objective and training), each a mean: independent of sizes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

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


def _mean_l1(first: Sequence[Tensor], second: Sequence[Tensor]) -> Tensor:
    losses = [F.l1_loss(a, b) for a, b in zip(first, second, strict=True)]
    return torch.stack(losses).mean()


def _over_scales(loss: Callable[[Tensor], Tensor], scales: Scales) -> Tensor:
    return torch.stack([loss(maps[-1]) for maps in scales]).mean()


def _to_one(logit: Tensor) -> Tensor:
    return (logit - 1).square().mean()


def _log_real(logit: Tensor) -> Tensor:
    return F.softplus(-logit).mean()
