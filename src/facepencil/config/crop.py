"""Section `crop` of the params: face detection (YuNet) and 5-point alignment to one template."""

from typing import Literal

from pydantic import Field

from facepencil.config.section import Fraction, Part, Pixels, Positive


class CropShape(Part):
    """Where the face lies in a crop."""

    size: Pixels = Field(256, description="side of the cropped face, px")
    face_fraction: float = Field(
        0.28,
        gt=0,
        lt=1,
        description="distance from eyes' to mouth's middle, as a share of the crop's side",
    )


class CropParams(CropShape):
    """Face detection (YuNet) and 5-point alignment to one template."""

    score: Fraction = Field(0.7, description="lowest detection score that counts as a face")
    faces: Literal["largest", "all", "reject"] = Field(
        "largest", description="what to do with a photo of several faces"
    )
    min_face_px: Positive = Field(40, description="smaller faces are rejected, px in the photo")
