"""One adversarial step: judge real and painted pairs once, then move D and the painters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import backward
from torch.optim import Adam

from facepencil.config import TrainParams
from facepencil.models.discriminator import MultiScaleDiscriminator
from facepencil.models.generator import Generators, Painted
from facepencil.training.data import Batch
from facepencil.training.device import precision
from facepencil.training.losses import (
    Scales,
    adversarial,
    feature_matching,
    generator_feature_matching,
)
from facepencil.training.perceptual import Perceptual
from facepencil.training.schedule import StageNumber

BETAS = (0.5, 0.999)
"""Adam's averages (paper, section training)."""


@dataclass(frozen=True)
class Networks:
    """All that takes part in a step; `perceptual` is fixed."""

    generators: Generators
    discriminator: MultiScaleDiscriminator
    perceptual: Perceptual


class AdversarialStep:
    """The step of one stage, with its two optimizers."""

    def __init__(self, networks: Networks, train: TrainParams, stage: StageNumber) -> None:
        """Train what `stage` trains, with fresh optimizers."""
        self._networks, self._train, self._stage = networks, train, stage
        self._gan = adversarial(train.gan)
        self._painting = networks.generators.trainable(stage)
        self._judging = list(networks.discriminator.parameters())
        self.optimizers = [
            Adam(weights, lr=train.learning_rate, betas=BETAS, fused=True)
            for weights in (self._painting, self._judging)
        ]

    def __call__(self, batch: Batch, learning_rate: float) -> dict[str, float]:
        """Move the weights once; returns the losses, unweighted, by name.

        One forward pass of D serves both sides: its features of the real pairs are the targets of
        L_DFM, and each backward pass goes to one side's weights alone.
        """
        with precision(batch.photos.device):
            painted = self._paint(batch.sketches)
            real, fake = self._judge(batch, painted)
            judging = self._gan.discriminator(real, fake)
            terms = self._terms(batch, painted, real, fake)
        painting = self._weighted(terms, len(painted))
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        backward(judging, inputs=self._judging, retain_graph=True)
        backward(painting, inputs=self._painting)
        for optimizer in self.optimizers:
            optimizer.param_groups[0]["lr"] = learning_rate
            optimizer.step()
        losses = {"painter": painting, "discriminator": judging, **terms}
        values = torch.stack([loss.detach().float() for loss in losses.values()]).tolist()
        return dict(zip(losses, values, strict=True))

    def _paint(self, sketches: Sequence[Tensor]) -> list[Painted]:
        """What G_a makes of S_syn and G_m of S_dfm; in stage 1 G_a, else a lone generator."""
        generators = self._networks.generators
        if generators.auxiliary is None:
            return [generators.main(sketches[0])]
        if self._stage == 1:
            return [generators.auxiliary(sketches[0])]
        return list(generators.forward_both(*sketches))

    def _judge(self, batch: Batch, painted: Sequence[Painted]) -> tuple[Scales, Scales]:
        """D's maps of real and of painted pairs, each as many as there are painted ones."""
        sketches = batch.sketches[: len(painted)]
        images = [one.image for one in painted]
        if self._train.released_defect:
            images = images[:1] * len(images)
        paired = sketches if self._train.real_pairs == "both" else sketches[:1]
        photos = [batch.photos] * len(paired)
        maps = self._networks.discriminator(
            torch.cat([*paired, *sketches]), torch.cat([*photos, *images])
        )
        count = len(torch.cat(photos))
        times = len(sketches) // len(paired)
        real = [[one[:count].repeat(times, 1, 1, 1) for one in scale] for scale in maps]
        return real, [[one[count:] for one in scale] for scale in maps]

    def _terms(
        self, batch: Batch, painted: Sequence[Painted], real: Scales, fake: Scales
    ) -> dict[str, Tensor]:
        """Losses of the painters, each a mean over the painted images."""
        train, images = self._train, [one.image for one in painted]
        terms = {
            "gan": self._gan.generator(fake),
            "dfm": feature_matching(real, fake),
            "l1": _mean(F.l1_loss(image.float(), batch.photos) for image in images),
        }
        if train.vgg_weight:
            perceptual = self._networks.perceptual
            target = perceptual.features(batch.photos)
            terms["vgg"] = _mean(perceptual(target, image) for image in images)
        if len(painted) == 2:
            aligned, deformed = (one.features[train.gfm_layers] for one in painted)
            terms["gfm"] = generator_feature_matching(deformed, aligned, detach=train.gfm_detach)
        return terms

    def _weighted(self, terms: dict[str, Tensor], painters: int) -> Tensor:
        """The paper's objective: every term but L_GFM counts once for each generator."""
        weights = {name: getattr(self._train, f"{name}_weight") for name in terms}
        times = {name: 1 if name == "gfm" else painters for name in terms}
        return torch.stack([terms[name] * weights[name] * times[name] for name in terms]).sum()


def _mean(losses: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(losses)).mean()
