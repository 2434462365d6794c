"""Variants: named sets of overrides."""

import re
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from facepencil.config.classifier import ClassifierParams
from facepencil.config.deform import DeformParams
from facepencil.config.model import ModelParams
from facepencil.config.section import (
    CONTRADICTION,
    VARIED,
    Section,
    again,
    contradiction,
    refuse,
)
from facepencil.config.sketch import SketchParams
from facepencil.config.train import TrainParams
from facepencil.config.vectorize import VectorizeParams

_NAME = re.compile(r"(?!classifier$)[A-Za-z][A-Za-z0-9_.-]{0,63}(?<!\.)")
_SECTIONS: dict[str, type[Section]] = {
    "sketch": SketchParams,
    "vectorize": VectorizeParams,
    "deform": DeformParams,
    "classifier": ClassifierParams,
    "model": ModelParams,
    "train": TrainParams,
}


def _may_be_a_file(name: str) -> str:
    if not _NAME.fullmatch(name):
        rule = "letters, digits, `_`, `-` and `.`: a letter first, no dot last, 64 at most"
        refuse([contradiction((), name, f"{rule}, and not `classifier`")])
    return name


VariantName = Annotated[str, AfterValidator(_may_be_a_file)]
"""Files of models bear it, beside that of the classifier."""


def _nothing_is_empty(variants: object) -> object:
    if not isinstance(variants, dict):
        return variants
    return {name: {} if chosen is None else chosen for name, chosen in variants.items()}


def _keys_of(section: str) -> WithJsonSchema:
    schema = _SECTIONS[section].model_json_schema()
    return WithJsonSchema({"type": ["object", "null"], "properties": schema["properties"]})


class Variant(Section):
    """A named set of overrides, with a note; what it leaves out is as in the section."""

    model_config = ConfigDict(json_schema_extra={"type": ["object", "null"]})

    sketch: Annotated[dict[str, Any], _keys_of("sketch")] = Field(
        default_factory=dict, description="overrides of `sketch`"
    )
    vectorize: Annotated[dict[str, Any], _keys_of("vectorize")] = Field(
        default_factory=dict, description="overrides of `vectorize`"
    )
    deform: Annotated[dict[str, Any], _keys_of("deform")] = Field(
        default_factory=dict, description="overrides of `deform`"
    )
    classifier: Annotated[dict[str, Any], _keys_of("classifier")] = Field(
        default_factory=dict, description="overrides of `classifier`"
    )
    model: Annotated[dict[str, Any], _keys_of("model")] = Field(
        default_factory=dict, description="overrides of `model`"
    )
    train: Annotated[dict[str, Any], _keys_of("train")] = Field(
        default_factory=dict, description="overrides of `train`"
    )

    note: str = Field("", max_length=80, description="what differs, for the rows of tables")

    @field_validator(*VARIED, mode="before")
    @classmethod
    def _nothing_is_empty(cls, overrides: object) -> object:
        return {} if overrides is None else overrides

    @field_validator(*VARIED)
    @classmethod
    def _fit_the_section(cls, overrides: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        try:
            _SECTIONS[str(info.field_name)].model_validate(overrides)
        except ValidationError as error:
            # What they may contradict is the section they are laid over, not its defaults.
            refuse(again(one) for one in error.errors() if one["type"] != CONTRADICTION)
        return overrides


NamedVariants = Annotated[dict[VariantName, Variant], BeforeValidator(_nothing_is_empty)]
"""By name; one that overrides nothing may stand there without a value."""
