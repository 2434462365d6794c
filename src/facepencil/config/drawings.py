"""Section `drawings` of the params: drawings that every model paints."""

from pydantic import Field, field_validator

from facepencil.config.section import Fraction, Section, refuse, repeated


class DrawingsParams(Section):
    """Drawings that every model paints, besides the sketches of the test photos."""

    folder: str | None = Field(
        "drawings",
        min_length=1,
        description="where they are, a folder each group; null, or not there: none",
    )
    refine: list[Fraction] = Field(
        [0, 0.5, 1], min_length=1, description="how far each is drawn towards plausible faces"
    )

    @field_validator("refine")
    @classmethod
    def _differ(cls, shares: list[float]) -> list[float]:
        refuse(repeated(shares))
        return shares
