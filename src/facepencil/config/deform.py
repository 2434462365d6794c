"""Section `deform` of the params: stroke deformation S_dfm (paper, data section)."""

from typing import Literal

from pydantic import Field, field_validator

from facepencil.config.section import CanvasPixels, Fraction, Part, Positive, refuse, repeated

Kind = Literal["drop", "progress", "parts", "warp", "abstract", "width", "all"]
"""Deformations like people's; see `strokes.kinds`."""


class PenParams(Part):
    """How strokes are drawn, whatever the level."""

    probability: Fraction = Field(1.0, description="chance that a coordinate is offset")
    line_px: Positive = Field(1, le=64, description="line width at sketch size, px")


class DeformParams(PenParams):
    """Stroke deformation S_dfm (paper, data section)."""

    levels: list[CanvasPixels] = Field(
        [0, 11, 20, 30], min_length=1, description="test levels d, px on the 512 px canvas"
    )
    kinds: list[Kind] = Field(
        [], description="deformations like people's that are tested too, at three strengths each"
    )

    @field_validator("levels", "kinds")
    @classmethod
    def _differ(cls, listed: list[float] | list[Kind]) -> list[float] | list[Kind]:
        refuse(repeated(listed))
        return listed
