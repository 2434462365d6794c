"""Section `finder` of the params."""

from pydantic import Field

from facepencil.config.section import Natural, Positive, Precision, Rate, Section, Threads


class FinderParams(Section):
    """The network that finds the parts of a drawn face, by which drawings are placed."""

    channels: Positive = Field(16, description="channels of the first layer")
    samples: Natural = Field(20000, description="sketches seen; 0 keeps the initial weights")
    batch: Positive = Field(16, description="sketches a step")
    learning_rate: Rate = Field(2e-3, description="Adam's step size at the start; falls to 0")
    threads: Threads = Field(1, description="numeric threads (changes float results)")
    precision: Precision = "portable"
