"""What every generator gives, and what all of them are."""

from typing import Literal, NamedTuple

from torch import Tensor, nn


class Painted(NamedTuple):
    """Output of a generator."""

    image: Tensor
    """(N, 3, S, S) in [-1, 1]."""
    features: dict[Literal["encoder", "residual"], list[Tensor]]
    """Up to four maps for L_GFM, by the part they come from (`train.gfm_layers`)."""


class PaintingNet(nn.Module):
    """Base of the nets that paint faces from sketches."""

    def forward(self, sketch: Tensor) -> Painted:
        """`sketch` (N, 1, S, S) in [0, 1] to faces (N, 3, S, S) in [-1, 1]."""
        raise NotImplementedError
