"""Variants: named overrides of the model and train sections."""

from typing import Any

from pydantic import Field

from facepencil.config.section import Section


class Variant(Section):
    """A named set of overrides of the model and train sections."""

    model: dict[str, Any] = Field(default_factory=dict, description="overrides of `model`")
    train: dict[str, Any] = Field(default_factory=dict, description="overrides of `train`")
