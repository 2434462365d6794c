"""Section `report` of the params: tables and figures."""

from pydantic import Field

from facepencil.config.section import CanvasPixels, Positive, Section


class ReportParams(Section):
    """Tables and figures."""

    level: CanvasPixels = Field(11, description="the level d of table 1")
    digits: Positive = Field(3, le=17, description="significant digits in Markdown and LaTeX")
