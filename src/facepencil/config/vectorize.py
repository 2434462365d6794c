"""Section `vectorize` of the params."""

from typing import Annotated

from pydantic import Field

from facepencil.config.section import NonNegative, Section


class VectorizeParams(Section):
    """Centreline strokes as chains of cubic Beziers (paper: AutoTrace)."""

    tolerance_px: Annotated[float, Field(gt=0, le=64)] = Field(
        1.5, description="largest distance between a curve and its pixels, px of the sketch"
    )
    min_length_px: NonNegative = Field(3.0, description="shorter free branches are dropped, px")
