"""Section `split` of the params."""

from typing import Literal

from pydantic import Field, model_validator

from facepencil.config.section import Fraction, Part, contradiction, refuse


class SplitGroup(Part):
    """Which photos stay together."""

    group: Literal["photo", "folder"] = Field(
        "photo", description="folder: all photos of a folder, such as a person's, on one side"
    )


class SplitParams(SplitGroup):
    """Which photos are never trained on; drawn from a hash of the photo's id."""

    test: Fraction = Field(0.2, description="share of the photos kept for the test")
    val: Fraction = Field(0.02, description="share of the photos kept to watch training")

    @model_validator(mode="after")
    def _leave_some_to_train(self) -> "SplitParams":
        if self.test + self.val >= 1:
            refuse([contradiction(("val",), self.val, f"less than 1 - {self.test} (split.test)")])
        return self
