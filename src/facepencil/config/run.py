"""Section `run` of the params: which of the variants are trained, and with which seeds."""

from typing import Any

from pydantic import Field, field_validator

from facepencil.config.section import Section, Seed, refuse, repeated


class RunParams(Section):
    """Which of the variants are trained, and with which seeds."""

    variants: list[str] = Field(
        ["ours", "baseline_deform", "baseline"], min_length=1, description="names out of `variants`"
    )
    seeds: list[Seed] = Field([0], min_length=1, description="training seeds, one model each")

    @field_validator("variants", "seeds")
    @classmethod
    def _differ(cls, values: list[Any]) -> list[Any]:
        refuse(repeated(values))
        return values
