"""Variants: named sets of overrides."""

import re
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
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
from facepencil.config.section import CONTRADICTION, Section, again, contradiction, refuse
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


def _keys_of(section: str) -> WithJsonSchema:
    schema = _SECTIONS[section].model_json_schema()
    return WithJsonSchema({"type": ["object", "null"], "properties": schema["properties"]})


class Variant(Section):
    """A named set of overrides; what it leaves out is as in the section."""

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

    @field_validator("*", mode="before")
    @classmethod
    def _nothing_is_empty(cls, overrides: object) -> object:
        return {} if overrides is None else overrides

    @field_validator("*")
    @classmethod
    def _fit_the_section(cls, overrides: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        try:
            _SECTIONS[str(info.field_name)].model_validate(overrides)
        except ValidationError as error:
            # What they may contradict is the section they are laid over, not its defaults.
            refuse(again(one) for one in error.errors() if one["type"] != CONTRADICTION)
        return overrides
