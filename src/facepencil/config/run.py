"""Section `run` of the params: with which seeds every model is trained."""

from pydantic import Field, field_validator

from facepencil.config.section import Section, Seed, refuse, repeated


class RunParams(Section):
    """With which seeds every model of the tables is trained."""

    seeds: list[Seed] = Field([0], min_length=1, description="training seeds, one model each")

    @field_validator("seeds")
    @classmethod
    def _differ(cls, values: list[int]) -> list[int]:
        refuse(repeated(values))
        return values
