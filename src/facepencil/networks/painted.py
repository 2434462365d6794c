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

    def forward(self, sketch: Tensor, told: Tensor | None = None) -> Painted:
        """`sketch` (N, 1, S, S) in [0, 1] to faces (N, 3, S, S) in [-1, 1].

        `told` (N, T) in [-1, 1] is what `networks.told.tell` gives for the model's params: None
        for one that is told nothing.

        Raises:
            ValueError: `told` is not of the model's T.
        """
        raise NotImplementedError


def check_told(told: Tensor | None, wanted: int) -> None:
    """See that a net is told as many numbers as it was built for.

    Raises:
        ValueError: says how many it is and how many it should be.
    """
    given = 0 if told is None else told.shape[1]
    if given != wanted:
        raise ValueError(f"expected {wanted} numbers told beside each sketch, got {given}")
