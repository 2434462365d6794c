"""What requests to the API carry, and what it answers."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from facepencil.strokes.strokes import CANVAS_PX

MAX_STROKES = 2000
MAX_POINTS = 60_000
"""Of all strokes of a drawing."""
FARTHEST_PX = 10 * CANVAS_PX
"""How far from the canvas's corner a point may lie."""

_Coordinate = Annotated[float, Field(ge=-FARTHEST_PX, le=FARTHEST_PX, allow_inf_nan=False)]
_Point = Annotated[list[_Coordinate], Field(min_length=2, max_length=2)]
_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Colour = Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$")]
PointChain = list[_Point]
"""A stroke: end, control, control, end, control, control, end ...; a single point is a dot."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Palette(_Body):
    """Colours that a face should have."""

    hair: _Colour | None = None
    skin: _Colour | None = None
    ground: _Colour | None = None


class DrawnBody(_Body):
    """A drawing on the canvas of 512 x 512 px, x to the right and y down."""

    strokes: Annotated[list[PointChain], Field(min_length=1, max_length=MAX_STROKES)]

    @model_validator(mode="after")
    def _are_chains(self) -> Self:
        for number, chain in enumerate(self.strokes):
            if len(chain) % 3 != 1:
                raise ValueError(f"stroke {number}: expected 3n + 1 points, got {len(chain)}")
        count = sum(map(len, self.strokes))
        if count > MAX_POINTS:
            raise ValueError(f"expected at most {MAX_POINTS} points in all strokes, got {count}")
        return self


class PaintBody(DrawnBody):
    """A drawing to paint, and how."""

    model: str | None = Field(
        None, max_length=200, description="one of /api/models; else the first"
    )
    refine: _Share = Field(0, description="how far strokes are moved towards a plausible face")
    level: _Share | None = Field(None, description="how much deformation to expect")
    palette: Palette | None = None
    place: bool = Field(False, description="move the drawing to where faces lie")
    attention: bool = Field(False, description="answer with the effective stroke widths too")


class PaintReply(_Body):
    """A painted face."""

    model: str
    sha256: str
    size_px: int
    face: str = Field(description="data URL of a PNG")
    attention: str | None = Field(None, description="data URL of a PNG: stroke width over sketch")
    strokes: list[PointChain] | None = Field(
        None, description="the refined strokes, where refine > 0"
    )
    advice: str = Field(description="what to know of the drawing; empty if all is well")
    certain: float | None = Field(
        description="how sure YuNet is of the face, 0..1; null: not asked"
    )


class SketchReply(_Body):
    """The strokes of a picture."""

    strokes: list[PointChain]
    advice: str


class NearestBody(DrawnBody):
    """What is drawn so far, and how many sketches to find."""

    count: Annotated[int, Field(ge=1, le=20)] = 3


class NearestReply(_Body):
    """Sketches, the nearest first."""

    sketches: list[list[PointChain]]


class ModelOptions(_Body):
    """Which options of /api/paint a model has."""

    refine: bool
    level: bool
    palette: bool
    attention: bool


class ModelEntry(_Body):
    """A model that paints."""

    name: str
    sha256: str
    size_px: int
    source: str
    options: ModelOptions
    usual: Palette | None = Field(description="colours that it is told where none are chosen")


class Health(_Body):
    """That the server can paint."""

    status: Literal["ok"] = "ok"


class Refusal(_Body):
    """Why there is no answer."""

    detail: str


REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": why}
    for status, why in {
        400: "no JSON",
        408: "the body came too slowly",
        413: "the body is too large",
        422: "the body is not what it should be, or asks for what cannot be done",
        429: "too many requests from one address",
        500: "the server failed",
        503: "too many requests at once",
    }.items()
}
"""For the API's description."""
