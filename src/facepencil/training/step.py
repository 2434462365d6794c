"""One adversarial step: judge real and painted pairs once, then move D and the painters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.amp import GradScaler
from torch.autograd import backward
from torch.optim import Adam

from facepencil.config.train import TrainParams
from facepencil.data.stream import Batch
from facepencil.device import forward_in
from facepencil.networks.discriminator import MultiScaleDiscriminator
from facepencil.networks.generator import Generators
from facepencil.networks.painted import Painted
from facepencil.pretrained.vgg import VggFeatures, unit_maps
from facepencil.ranks import ALONE, Ranks
from facepencil.training.losses import (
    HEADS_GAN,
    Scales,
    Scene,
    VggMaps,
    adversarial,
    gradient_penalty,
    painter_losses,
)
from facepencil.training.schedule import StageNumber
from facepencil.training.window import Window

BETAS = (0.5, 0.999)
"""Adam's averages (paper, section training)."""


@dataclass(frozen=True)
class Networks:
    """All that takes part in a step; `vgg` is fixed."""

    generators: Generators
    discriminator: MultiScaleDiscriminator
    vgg: VggFeatures


class AdversarialStep:
    """The step of one stage, with its two optimizers; the same on one device and on many.

    A batch is seen in parts, one after the other, and by several processes, each its share: the
    gradients of all of them are added up, and give those of the whole batch but for rounding.
    (Dropout, which only `model.kind` unet has, draws other units for other parts.)

    Attributes:
        optimizers: of the painters, and of D.
        scaler: keeps the gradients of float16 from vanishing; otherwise does nothing.
    """

    def __init__(
        self,
        networks: Networks,
        train: TrainParams,
        stage: StageNumber,
        ranks: Ranks = ALONE,
        micro_batch: int | None = None,
    ) -> None:
        """Train what `stage` trains, with fresh optimizers.

        Args:
            networks: the same in all processes.
            train: losses.
            stage: 1 to 3.
            ranks: the processes that share each batch.
            micro_batch: photos seen at a time; None sees all that this process is given.
        """
        self._networks, self._train, self._stage = networks, train, stage
        self._ranks, self._micro = ranks, micro_batch
        self._gan = adversarial(train.gan)
        self._painting = networks.generators.trainable(stage)
        self._judging = list(networks.discriminator.parameters())
        device = self._judging[0].device
        self.optimizers = [
            Adam(
                weights,
                lr=train.learning_rate,
                betas=BETAS,
                fused=True,
                capturable=device.type == "cuda",
            )
            for weights in (self._painting, self._judging)
        ]
        self.scaler = GradScaler(device.type, enabled=train.precision == "float16")
        self._window = Window(train.vgg_px, device)
        self._looks = train.vgg_weight > 0 or networks.discriminator.heads is not None

    def form(self, seen: int) -> tuple[bool, bool]:
        """Whether D takes part in a step after `seen` photos, and whether R1 is due in it."""
        judged = seen >= self._train.gan_from
        return judged, judged and self._penalty_due(seen)

    def __call__(
        self, batch: Batch, learning_rate: float | Tensor, seen: int = 0
    ) -> dict[str, Tensor]:
        """Move the weights once; returns the losses, unweighted, by name, still on their device.

        D neither judges nor learns while fewer than `train.gan_from` photos were `seen` before.

        Args:
            batch: what this process sees of the whole batch.
            learning_rate: of this step; a tensor of one number can be changed afterwards.
            seen: photos before it.

        Returns:
            Losses of the whole batch, in every process.
        """
        self.prepare(batch)
        return self.work(batch, learning_rate, seen)

    def prepare(self, batch: Batch) -> None:
        """Draw what differs between steps of one form besides the batch: where VGG16 looks."""
        if self._looks:
            self._window.move(batch.photos.shape[-1])

    def work(self, batch: Batch, learning_rate: float | Tensor, seen: int = 0) -> dict[str, Tensor]:
        """The step without `prepare`: a GPU may record it, and replay it on other numbers."""
        judged, penalised = self.form(seen)
        moved = self.optimizers if judged else self.optimizers[:1]
        for optimizer in moved:
            optimizer.zero_grad()
        losses = self._learn(batch, judged, penalised)
        self._add_up(moved, losses)
        for optimizer in moved:
            optimizer.param_groups[0]["lr"] = learning_rate
            self.scaler.step(optimizer)
        self.scaler.update()
        return losses

    def _learn(self, batch: Batch, judged: bool, penalised: bool) -> dict[str, Tensor]:
        """Leave the gradients of this process's share; returns its share of the losses."""
        photos = len(batch.photos)
        parts = batch.parts(self._micro or photos)
        sums: dict[str, Tensor] = {}
        rounds: list[Callable[[Batch, float], dict[str, Tensor]]] = [
            partial(self._compare, judged=judged)
        ]
        rounds += [self._penalise] if penalised else []
        for take in rounds:
            for number, part in enumerate(parts):
                # Spectral norm follows the kernels by one step a pass: one a batch is enough.
                self._networks.discriminator.train(number == 0)
                share = len(part.photos) / (photos * self._ranks.size)
                for name, loss in take(part, share).items():
                    sums[name] = sums[name] + loss if name in sums else loss
            self._networks.discriminator.train()
        # As a log has them, whenever they were computed.
        first = {name: sums[name] for name in ("painter", "discriminator", "r1") if name in sums}
        return first | sums

    def _compare(self, part: Batch, share: float, judged: bool) -> dict[str, Tensor]:
        """Add the gradients of all losses but R1, weighed by the part's share of the whole batch.

        One forward pass of D serves both sides: its features of the real pairs are the targets of
        L_DFM, and each backward pass goes to one side's weights alone.
        """
        train = self._train
        with forward_in(train.precision, part.photos.device):
            painted = self._paint(part)
            vgg = self._look(part.photos, painted)
            real, fake = self._judge(part, painted) if judged else ((), ())
            real_heads, fake_heads = self._judge_by_heads(part, vgg) if judged and vgg else ((), ())
            judging = {"discriminator": self._gan.discriminator(real, fake)} if judged else {}
            if fake_heads:
                judging["discriminator"] += HEADS_GAN.discriminator(real_heads, fake_heads)
            scene = Scene(part.photos, painted, real, fake, fake_heads, vgg, train)
            painting, terms = painter_losses(scene)
        for loss in judging.values():
            self._backward(loss, share, self._judging, again=True)
        self._backward(painting, share, self._painting)
        losses = {"painter": painting, **judging, **terms}
        return {name: loss.detach().float() * share for name, loss in losses.items()}

    def _penalty_due(self, seen: int) -> bool:
        train = self._train
        return train.r1_weight > 0 and seen // train.batch % train.r1_every == 0

    def _penalise(self, part: Batch, share: float) -> dict[str, Tensor]:
        """Add the gradient of R1 to D's weights; it is not computed in 16 bits."""
        sketches, photos = self._real_pairs(part, self._count)
        penalty = gradient_penalty(self._networks.discriminator, sketches, photos)
        times = self._train.r1_weight * self._train.r1_every
        self._backward(penalty * times, share, self._judging)
        return {"r1": penalty.detach().float() * share}

    def _backward(
        self, loss: Tensor, share: float, weights: Sequence[Tensor], again: bool = False
    ) -> None:
        """Add gradients to some weights alone; `again` keeps what another pass needs."""
        backward(self.scaler.scale(loss * share), inputs=weights, retain_graph=again)

    def _add_up(self, moved: Sequence[Adam], losses: dict[str, Tensor]) -> None:
        """Put the sums over all processes in the place of gradients and losses."""
        if self._ranks.size == 1:
            return
        weights = [one for each in moved for one in each.param_groups[0]["params"]]
        numbers = torch.stack(list(losses.values()))
        self._ranks.add_up([*(one.grad for one in weights if one.grad is not None), numbers])
        losses.update(zip(losses, numbers, strict=True))

    @property
    def _count(self) -> int:
        """Batches that are painted in a step: one a generator."""
        return 1 if self._stage == 1 or self._networks.generators.auxiliary is None else 2

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
        # Not by slices, whose gradients are as large as the whole each, and laid out otherwise.
        halves = [[one.split([count, len(one) - count]) for one in scale] for scale in maps]
        real = [[torch.cat([first] * times) for first, _ in scale] for scale in halves]
        return real, [[second for _, second in scale] for scale in halves]

    def _look(self, photos: Tensor, painted: Sequence[Painted]) -> VggMaps | None:
        """Show VGG16 the images, each once, if a loss or D asks for it."""
        vgg, cut = self._networks.vgg, self._window.cut
        if not self._looks:
            return None
        return VggMaps(vgg.features(cut(photos)), [vgg.maps(cut(one.image)) for one in painted])

    def _judge_by_heads(self, batch: Batch, vgg: VggMaps) -> tuple[Scales, Scales]:
        """Logits of D's heads of real and of painted pairs, or none where D has no heads."""
        heads = self._networks.discriminator.heads
        if heads is None:
            return (), ()
        painted = [unit_maps(maps) for maps in vgg.painted]
        if self._train.released_defect:
            painted = painted[:1] * len(painted)
        real = [vgg.real] * self._real_batches(len(painted))
        sketches = [self._window.cut(one) for one in batch.sketches[: len(painted)]]
        paired = [*sketches[: len(real)], *sketches]
        logits = heads(list(zip(paired, [*real, *painted], strict=True)))
        count = len(real) * len(batch.photos)
        return [[one[:count]] for one in logits], [[one[count:]] for one in logits]

    def _real_batches(self, painted: int) -> int:
        """Batches of real pairs, where so many were painted."""
        return painted if self._train.real_pairs == "both" else 1

    def _real_pairs(self, batch: Batch, painted: int) -> tuple[Tensor, Tensor]:
        """Sketches and photos of the real pairs, where so many batches were painted."""
        count = self._real_batches(painted)
        return torch.cat(list(batch.sketches[:count])), torch.cat([batch.photos] * count)
