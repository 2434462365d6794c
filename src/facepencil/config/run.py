"""Section `run` of the params: which of the variants are trained, and with which seeds."""

from pydantic import Field

from facepencil.config.section import Natural, Section


class RunParams(Section):
    """Which of the variants are trained, and with which seeds."""

    variants: list[str] = Field(
        ["ours", "baseline_deform", "baseline"], min_length=1, description="names out of `variants`"
    )
    seeds: list[Natural] = Field([0], min_length=1, description="training seeds, one model each")
