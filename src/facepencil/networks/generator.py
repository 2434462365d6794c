"""G_m and G_a: encoder, residual blocks, decoder; the last two may be shared (paper, fig. 1)."""

import copy
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn

from facepencil.config.model import ModelParams
from facepencil.networks.blocks import (
    ResidualBlock,
    ToImage,
    ToldScale,
    conv_norm,
    initialise,
    layer_outputs,
    scaled_norm,
    up_norm,
)
from facepencil.networks.classifier import DeformationClassifier
from facepencil.networks.painted import Painted, PaintingNet, check_told
from facepencil.networks.sap import SpatialAttentionPooling
from facepencil.networks.told import numbers_told
from facepencil.networks.unet import UNet

GFM_LAYERS = 4
"""Layers that L_GFM compares: residual blocks 1-4, or the stem and three down layers."""


class Encoder(nn.Module):
    """Conv7 and `downs` stride-2 convolutions; channels double with each."""

    def __init__(self, inputs: int, model: ModelParams) -> None:
        super().__init__()
        widths = [model.channels * 2**level for level in range(model.downs + 1)]
        stem = conv_norm(inputs, widths[0], 7, pad="reflect")
        downs = [conv_norm(a, b, stride=2) for a, b in pairwise(widths)]
        self.layers = nn.ModuleList([stem, *downs])
        initialise(self)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(N, inputs, S, S) to (N, C 2^downs, S / 2^downs, ...), and maps of the first layers."""
        maps = layer_outputs(self.layers, x)
        return maps[-1], maps[:GFM_LAYERS]


class Trunk(nn.Module):
    """Residual blocks and decoder: what G_m and G_a share."""

    def __init__(self, model: ModelParams) -> None:
        super().__init__()
        widths = [model.channels * 2**level for level in range(model.downs, -1, -1)]
        self.told = numbers_told(model)
        blocks = [ResidualBlock(widths[0], self.told) for _ in range(model.blocks)]
        self.blocks = nn.ModuleList(blocks)
        ups = [up_norm(a, b, model.upsample, model.decoder_norm) for a, b in pairwise(widths)]
        self.decoder = nn.Sequential(*ups, ToImage(widths[-1]))
        # Instance norms between the blocks and the image take away much of a colour.
        scales = [ToldScale(self.told, width) for width in widths[1:] if self.told]
        self.scales = nn.ModuleList(scales)
        initialise(self)

    def forward(self, x: Tensor, told: Tensor | None = None) -> tuple[Tensor, list[Tensor]]:
        """The encoder's output to images (N, 3, S, S), and the maps of the first blocks."""
        check_told(told, self.told)
        maps = layer_outputs([partial(block, told=told) for block in self.blocks], x)
        return self._decode(maps[-1], told), maps[:GFM_LAYERS]

    def _decode(self, x: Tensor, told: Tensor | None) -> Tensor:
        for up, scale in zip(self.decoder, self.scales, strict=False):
            x = scaled_norm(up, scale, x, told)
        image: Tensor = self.decoder[len(self.scales) :](x)
        return image


class Generator(PaintingNet):
    """Paints faces from sketches: optional pooling (G_m), own encoder, trunk."""

    def __init__(
        self, model: ModelParams, trunk: Trunk, pooling: SpatialAttentionPooling | None = None
    ) -> None:
        super().__init__()
        self.pooling = pooling
        self.encoder = Encoder(pooling.channels if pooling else 1, model)
        self.trunk = trunk
        self.to(memory_format=torch.channels_last)

    def encode(self, sketch: Tensor) -> tuple[Tensor, list[Tensor]]:
        """`sketch` (N, 1, S, S) in [0, 1] to the encoder's output and its first maps."""
        code, maps = self.encoder(self.pooling(sketch) if self.pooling else sketch)
        return code, maps

    def forward(self, sketch: Tensor, told: Tensor | None = None) -> Painted:
        """`sketch` (N, 1, S, S) in [0, 1] to images in [-1, 1] and the maps for L_GFM."""
        code, encoder = self.encode(sketch)
        image, residual = self.trunk(code, told)
        return Painted(image, {"encoder": encoder, "residual": residual})


class Generators(nn.Module):
    """G_m and, in a dual model, G_a."""

    def __init__(self, main: PaintingNet, auxiliary: Generator | None) -> None:
        super().__init__()
        self.main = main
        self.auxiliary = auxiliary

    @property
    def painter(self) -> PaintingNet:
        """The net used at test time: G_m, or the only generator of a single model."""
        return self.main

    def forward_both(
        self, aligned: Tensor, deformed: Tensor, told: Sequence[Tensor] | None = None
    ) -> tuple[Painted, Painted]:
        """G_a on `aligned` and G_m on `deformed`, both (N, 1, S, S), in this order.

        `told` has what is told to either.

        A shared trunk runs once on both batches; the result equals that of two calls.

        Raises:
            ValueError: the model is single.
        """
        main, auxiliary = self.main, self.auxiliary
        if auxiliary is None or not isinstance(main, Generator):
            raise ValueError("forward_both needs model.kind dual: a single model has no G_a")
        if auxiliary.trunk is not main.trunk:
            of_aligned, of_deformed = told or (None, None)
            return auxiliary(aligned, of_aligned), main(deformed, of_deformed)
        first, first_maps = auxiliary.encode(aligned)
        second, second_maps = main.encode(deformed)
        both = torch.cat(list(told)) if told else None
        image, maps = main.trunk(torch.cat([first, second]), both)
        images = image.chunk(2)
        halves = [one.chunk(2) for one in maps]
        return (
            Painted(images[0], {"encoder": first_maps, "residual": [one[0] for one in halves]}),
            Painted(images[1], {"encoder": second_maps, "residual": [one[1] for one in halves]}),
        )

    def trainable(self, stage: int) -> list[nn.Parameter]:
        """Parameters trained in a stage (paper): 1 G_a; 2 those that only G_m has; 3 all.

        A single model is trained as a whole in every stage. Frozen parameters (C) are left out.

        Raises:
            ValueError: no such stage.
        """
        if stage not in (1, 2, 3):
            raise ValueError(f"expected stage 1, 2 or 3, got {stage}")
        if self.auxiliary is None or stage == 3:
            chosen = list(self.parameters())
        elif stage == 1:
            chosen = list(self.auxiliary.parameters())
        else:
            shared = {id(one) for one in self.auxiliary.parameters()}
            chosen = [one for one in self.main.parameters() if id(one) not in shared]
        return [one for one in chosen if one.requires_grad]


def build_generators(model: ModelParams, classifier: DeformationClassifier | None) -> Generators:
    """Generators with random weights, drawn from torch's global random number generator.

    `classifier` (C) becomes part of G_m's pooling if `model.attention_features` is set,
    frozen unless `model.classifier_trainable`.

    Raises:
        ValueError: the attention needs C and none is given.
    """
    main = build_main(model, classifier)
    if model.kind != "dual" or not isinstance(main, Generator):
        return Generators(main, None)
    # The released code starts separate trunks from the same weights.
    trunk = main.trunk if model.shared else copy.deepcopy(main.trunk)
    return Generators(main, Generator(model, trunk))


def build_main(model: ModelParams, classifier: DeformationClassifier | None) -> PaintingNet:
    """Only the net used at test time; arguments and errors as for `build_generators`."""
    if model.kind == "unet":
        return UNet(model)
    if not model.sap:
        return Generator(model, Trunk(model))
    wanted = model.attention_features and model.attention_over != "none"
    seen = classifier if wanted else None
    if wanted and seen is None:
        raise ValueError("model.attention_features needs the classifier C, and none is given")
    if seen:
        seen.requires_grad_(model.classifier_trainable)
    return Generator(model, Trunk(model), SpatialAttentionPooling(model, seen))
