"""Section `evaluate` of the params: scores of a model on the test photos."""

from typing import Annotated

from pydantic import Field

from facepencil.config.section import Positive, Precision, Section, Threads


class EvaluateParams(Section):
    """Scores of a model on the test photos."""

    batch: Positive = Field(8, description="photos a forward pass; more take longer on a CPU")
    bootstrap: Positive = Field(1000, description="resamples behind each interval")
    confidence: Annotated[float, Field(gt=0, lt=1)] = Field(0.95, description="of the intervals")
    samples: Positive = Field(8, description="test photos painted for the sheets")
    sketched: Positive = Field(
        32, description="test photos whose painted faces are sketched again, which takes long"
    )
    changed: Positive = Field(
        64, description="test photos whose sketches are changed by each of deform.kinds"
    )
    inception: str | None = Field(
        None,
        pattern="^[0-9a-f]{64}$",
        description="sha256 of data/weights/inception_fid.pth, which adds the true FID",
    )
    threads: Threads = Field(1, description="numeric threads (changes float results)")
    precision: Precision = "portable"
