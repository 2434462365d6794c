"""Spatial attention pooling: thickens strokes by a width chosen per position (paper, SAP)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from facepencil.config.model import ModelParams
from facepencil.exact import on_cpu
from facepencil.networks.blocks import conv_norm, initialise
from facepencil.networks.classifier import DeformationClassifier
from facepencil.networks.repeated import conv_of_repeated

WIDE = 9
"""Side of the smallest kernel of the attention that is folded for maps of repeated pixels."""


def dilate(sketch: Tensor, widths: list[int]) -> Tensor:
    """P_i = MaxPool_{r_i}(sketch), stride 1, as channels (N, len(widths), S, S).

    `sketch` is (N, 1, S, S), stroke 1 on paper 0; `widths` are odd, px.
    """
    return torch.cat([F.max_pool2d(sketch, r, stride=1, padding=r // 2) for r in widths], 1)


class SpatialAttentionPooling(nn.Module):
    """SAP = A * R: attention A over branches R that see the strokes at several widths."""

    def __init__(self, model: ModelParams, classifier: DeformationClassifier | None) -> None:
        """The attention reads the features of `classifier`, or without one the sketch itself."""
        super().__init__()
        self.widths = model.sap_widths
        self.over = model.attention_over
        self.full = model.attention_size == "full"
        branches = len(model.sap_widths)
        self.channels = branches * model.sap_channels
        # One group per branch: each sees only its own width.
        self.branches = nn.Sequential(
            conv_norm(branches, self.channels, model.sap_kernel, groups=branches),
            conv_norm(self.channels, self.channels, 3, groups=branches),
        )
        inputs = sum(classifier.widths) if classifier else 1
        self.attention = None
        if self.over != "none":
            self.attention = nn.Sequential(
                conv_norm(inputs, self.channels, model.sap_kernel),
                conv_norm(self.channels, self.channels),
                nn.Conv2d(self.channels, self.channels, 3, padding=1),
            )
        initialise(self)
        self.classifier = classifier

    def forward(self, sketch: Tensor) -> Tensor:
        """`sketch` (N, 1, S, S) in [0, 1] to SAP (N, channels, S, S)."""
        strokes: Tensor = self.branches(dilate(sketch, self.widths))
        return strokes if self.attention is None else self.attend(sketch) * strokes

    def attend(self, sketch: Tensor) -> Tensor:
        """A (N, channels, S, S): sums to 1 over the channels, or over the widths.

        Raises:
            ValueError: the model has no attention.
        """
        if self.attention is None:
            raise ValueError("attention needs model.attention_over channels or scales, not none")
        logits = self._logits(sketch, *self.attention)
        if self.over == "channels":
            weights = logits.softmax(1)
        else:
            weights = torch.unflatten(logits, 1, (len(self.widths), -1)).softmax(1).flatten(1, 2)
        return weights if self.full else F.interpolate(weights, size=sketch.shape[2:])

    def effective_width(self, sketch: Tensor) -> Tensor:
        """Mean pooling width (N, S, S), px, weighed by what A gives each width at a position.

        Raises:
            ValueError: the model has no attention.
        """
        branches = self.attend(sketch).chunk(len(self.widths), 1)
        weights = [branch.sum(1) for branch in branches]
        weighed = [width * weight for width, weight in zip(self.widths, weights, strict=True)]
        return torch.stack(weighed).sum(0) / torch.stack(weights).sum(0)

    def _logits(
        self, sketch: Tensor, first: nn.Sequential, second: nn.Sequential, last: nn.Conv2d
    ) -> Tensor:
        """What the attention's layers make of the sketch, before the softmax."""
        conv, norm, relu = first
        assert isinstance(conv, nn.Conv2d)
        found = self._seen_folded(sketch, conv)
        if found is None:
            found = conv(self._attention_input(sketch))
        for layer in (norm, relu, second, last):
            found = layer(found)
        return found

    def _seen_folded(self, sketch: Tensor, conv: nn.Conv2d) -> Tensor | None:
        """The first convolution at the sizes of C's maps; None where that is not worth it."""
        wide = conv.kernel_size[0] >= WIDE and on_cpu(sketch)
        if self.classifier is None or not wide or torch.is_autocast_enabled("cpu"):
            return None
        maps = self.classifier.features(sketch)
        size = sketch.shape[2:] if self.full else maps[0].shape[2:]
        times = [size[0] // one.shape[2] for one in maps]
        pairs = zip(maps, times, strict=True)
        if any((n * one.shape[2], n * one.shape[3]) != tuple(size) for one, n in pairs):
            return None
        weights = torch.split(conv.weight, [one.shape[1] for one in maps], 1)
        parts = map(conv_of_repeated, maps, weights, times)
        return torch.stack(list(parts)).sum(0)

    def _attention_input(self, sketch: Tensor) -> Tensor:
        if self.classifier is None:
            # Max-pooling keeps one-pixel strokes at full strength.
            return sketch if self.full else F.max_pool2d(sketch, 2)
        maps = self.classifier.features(sketch)
        size = sketch.shape[2:] if self.full else maps[0].shape[2:]
        return torch.cat([F.interpolate(m, size=size) for m in maps], 1)
