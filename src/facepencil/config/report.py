"""Section `report` of the params: tables and figures."""

from pydantic import Field

from facepencil.config.section import NonNegative, Positive, Section


class ReportParams(Section):
    """Tables and figures."""

    level: NonNegative = Field(11, description="the level d of table 1")
    digits: Positive = Field(3, description="significant digits in Markdown and LaTeX")
