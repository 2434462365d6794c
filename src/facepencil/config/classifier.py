"""Section `classifier` of the params."""

from pydantic import Field

from facepencil.config.section import Natural, NonNegative, Positive, Section


class ClassifierParams(Section):
    """The aligned/deformed classifier C, pre-trained on sketches alone (paper, section SAP)."""

    channels: Positive = Field(16, description="channels of the first layer (paper: 48)")
    samples: Natural = Field(0, description="sketches seen; 0 keeps the initial weights")
    batch: Positive = Field(16, description="sketches a step")
    learning_rate: float = Field(2e-4, gt=0, description="Adam's step size")
    deform_px: NonNegative = Field(11, description="d of the deformed class, canvas px")
    threads: Positive = Field(1, description="numeric threads (changes float results)")
