"""Section `sketch` of the params: edge-aligned one-pixel sketches S_syn."""

from typing import Literal

from pydantic import Field

from facepencil.config.section import Fraction, Natural, Part, Pixels, Positive, Threads


class SketchSize(Part):
    """Size of the sketches: what those need who draw strokes again."""

    size: Pixels = Field(256, description="side of the sketch, px")


class SketchParams(SketchSize):
    """Edge-aligned one-pixel sketches S_syn."""

    method: Literal["hybrid", "hed", "contour", "mask", "canny", "xdog"] = Field(
        "hybrid", description="how lines are found"
    )
    hed_px: Pixels = Field(
        192, description="side at which HED sees the photo, px (`hed` alone: 512 for clearer eyes)"
    )
    hed_threshold: Fraction = Field(
        0.35, description="edge probability that a line reaches somewhere (`hed`, `hybrid`)"
    )
    person_mask: bool = Field(
        True, description="remove lines outside the person (not `mask`: its labels know better)"
    )
    speck_px: Natural = Field(40, description="connected lines shorter than this are dropped, px")
    numerics: Literal["portable", "fast"] = Field(
        "portable", description="equal bytes on every processor, or HED in bfloat16 or on CUDA"
    )
    batch: Positive = Field(8, description="photos a forward pass of HED (`fast`)")
    threads: Threads = Field(1, description="numeric threads a job (changes float results)")
