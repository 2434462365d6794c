"""One adversarial step: judge real and painted pairs once, then move D and the painters."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.autograd import backward
from torch.optim import Adam

from facepencil.config.train import TrainParams
from facepencil.data.stream import Batch
from facepencil.device import forward_in
from facepencil.networks.discriminator import MultiScaleDiscriminator
from facepencil.networks.generator import Generators
from facepencil.networks.painted import Painted
from facepencil.pretrained.vgg import VggDistance
from facepencil.training.losses import (
    Scales,
    Scene,
    adversarial,
    gradient_penalty,
    painter_losses,
)
from facepencil.training.schedule import StageNumber

BETAS = (0.5, 0.999)
"""Adam's averages (paper, section training)."""


@dataclass(frozen=True)
class Networks:
    """All that takes part in a step; `vgg` is fixed."""

    generators: Generators
    discriminator: MultiScaleDiscriminator
    vgg: VggDistance


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

    def __call__(self, batch: Batch, learning_rate: float, seen: int = 0) -> dict[str, Tensor]:
        """Move the weights once; returns the losses, unweighted, by name, still on their device.

        One forward pass of D serves both sides: its features of the real pairs are the targets of
        L_DFM, and each backward pass goes to one side's weights alone. D neither judges nor learns
        while fewer than `train.gan_from` photos were `seen` before.
        """
        judged = seen >= self._train.gan_from
        moved = self.optimizers if judged else self.optimizers[:1]
        with forward_in(self._train.precision, batch.photos.device):
            painted = self._paint(batch)
            real, fake = self._judge(batch, painted) if judged else ((), ())
            judging = {"discriminator": self._gan.discriminator(real, fake)} if judged else {}
            scene = Scene(batch.photos, painted, real, fake, self._networks.vgg, self._train)
            painting, terms = painter_losses(scene)
        for optimizer in moved:
            optimizer.zero_grad()
        for loss in judging.values():
            backward(loss, inputs=self._judging, retain_graph=True)
        if judged and self._penalty_due(seen):
            judging["r1"] = self._penalise(batch, len(painted))
        backward(painting, inputs=self._painting)
        for optimizer in moved:
            optimizer.param_groups[0]["lr"] = learning_rate
            optimizer.step()
        losses = {"painter": painting, **judging, **terms}
        return {name: loss.detach().float() for name, loss in losses.items()}

    def _penalty_due(self, seen: int) -> bool:
        train = self._train
        return train.r1_weight > 0 and seen // train.batch % train.r1_every == 0

    def _penalise(self, batch: Batch, painted: int) -> Tensor:
        """Add the gradient of R1 to D's weights; it is not computed in 16 bits."""
        sketches, photos = self._real_pairs(batch, painted)
        penalty = gradient_penalty(self._networks.discriminator, sketches, photos)
        times = self._train.r1_weight * self._train.r1_every
        backward(penalty * times, inputs=self._judging)
        return penalty

    def _paint(self, batch: Batch) -> list[Painted]:
        """What G_a makes of S_syn and G_m of S_dfm; in stage 1 G_a, else a lone generator."""
        generators = self._networks.generators
        sketches, told = batch.sketches, batch.told
        first = told[0] if told else None
        if generators.auxiliary is None:
            return [generators.main(sketches[0], first)]
        if self._stage == 1:
            return [generators.auxiliary(sketches[0], first)]
        return list(generators.forward_both(sketches[0], sketches[1], told))

    def _judge(self, batch: Batch, painted: Sequence[Painted]) -> tuple[Scales, Scales]:
        """D's maps of real and of painted pairs, each as many as there are painted ones."""
        sketches = batch.sketches[: len(painted)]
        images = [one.image for one in painted]
        if self._train.released_defect:
            images = images[:1] * len(images)
        paired, photos = self._real_pairs(batch, len(painted))
        maps = self._networks.discriminator(
            torch.cat([paired, *sketches]), torch.cat([photos, *images])
        )
        count = len(photos)
        times = len(sketches) * len(batch.photos) // count
        real = [[one[:count].repeat(times, 1, 1, 1) for one in scale] for scale in maps]
        return real, [[one[count:] for one in scale] for scale in maps]

    def _real_pairs(self, batch: Batch, painted: int) -> tuple[Tensor, Tensor]:
        """Sketches and photos of the real pairs, where so many batches were painted."""
        count = painted if self._train.real_pairs == "both" else 1
        return torch.cat(list(batch.sketches[:count])), torch.cat([batch.photos] * count)
