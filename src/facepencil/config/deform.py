"""Section `deform` of the params: stroke deformation S_dfm (paper, data section)."""

from pydantic import Field

from facepencil.config.section import Fraction, NonNegative, Positive, Section


class DeformParams(Section):
    """Stroke deformation S_dfm (paper, data section)."""

    levels: list[NonNegative] = Field(
        [0, 11, 20, 30], min_length=1, description="test levels d, px on the 512 px canvas"
    )
    probability: Fraction = Field(1.0, description="chance that a coordinate is offset")
    line_px: Positive = Field(1, description="line width at sketch size, px")
