"""Section `classifier` of the params."""

from pydantic import Field

from facepencil.config.section import (
    CanvasPixels,
    Natural,
    Part,
    Positive,
    Precision,
    Rate,
    Threads,
)


class ClassifierSize(Part):
    """Size of C: what one needs to know to build it."""

    channels: Positive = Field(16, description="channels of the first layer (paper: 48)")


class ClassifierParams(ClassifierSize):
    """The aligned/deformed classifier C, pre-trained on sketches alone (paper, section SAP)."""

    samples: Natural = Field(8000, description="sketches seen; 0 keeps the initial weights")
    batch: Positive = Field(16, description="sketches a step")
    learning_rate: Rate = Field(2e-4, description="Adam's step size")
    deform_px: CanvasPixels = Field(11, description="d of the deformed class, canvas px")
    threads: Threads = Field(1, description="numeric threads (changes float results)")
    precision: Precision = "portable"
