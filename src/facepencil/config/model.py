"""Section `model` of the params: sizes and forms of the networks (paper, section networks)."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from facepencil.config.section import Natural, Part, Pixels, Positive, contradiction, refuse

BEFORE_KEYS = {"decoder_norm": "instance"}
"""What was so before there were these keys, where the default is now another."""
USUAL_LEVEL = 0.5
"""Strength of the deformation that is told of a drawing if nobody chooses (`model.level_told`)."""


class PainterSize(Part):
    """Size of the painted face: what those need who draw for a painter."""

    size: Pixels = Field(64, description="side of the painted face, px (a multiple of 2^downs)")


class ModelParams(PainterSize):
    """Sizes and forms of the networks (paper, section networks)."""

    kind: Literal["dual", "single", "unet"] = Field(
        "dual", description="dual: G_m and G_a; single: one generator; unet: that of pix2pix"
    )
    channels: Positive = Field(24, description="ngf, channels of the first layer (paper: 48)")
    downs: Positive = Field(3, le=12, description="stride-2 convolutions of the encoder (paper: 4)")
    blocks: Positive = Field(4, description="residual blocks (paper: 9)")
    shared: bool = Field(True, description="G_m and G_a share residual blocks and decoder")
    upsample: Literal["nearest", "transposed"] = Field(
        "nearest", description="nearest + conv (no checkerboard) or the paper's transposed conv"
    )
    decoder_norm: Literal["instance", "layer"] = Field(
        "layer",
        description="norm of up-sampled maps: each channel alone (paper), or all of an image",
    )
    sap: bool = Field(True, description="spatial attention pooling before G_m's encoder")
    sap_widths: list[Positive] = Field(
        [1, 3, 5, 7], min_length=1, description="pooling widths r, px (paper at 256: 1, 5, 9, 13)"
    )
    sap_channels: Positive = Field(8, description="channels of each branch (paper: 12)")
    sap_kernel: Positive = Field(5, description="kernel of branch and attention (paper: 13)")
    attention_size: Literal["half", "full"] = Field("half", description="resolution of A")
    attention_over: Literal["channels", "scales", "none"] = Field(
        "channels", description="softmax axis; none: pooling without attention"
    )
    attention_features: bool = Field(True, description="A sees the classifier's features")
    classifier_trainable: bool = Field(False, description="C learns on with the generators")
    level_told: bool = Field(
        False, description="the strength of the deformation, 0..1, is told beside the sketch"
    )
    palette: bool = Field(
        False, description="colours of hair, skin and ground are told beside the sketch"
    )
    discriminator_scales: Positive = Field(2, description="scales of D (paper: 3)")
    discriminator_channels: Positive = Field(32, description="ndf (paper: 64)")
    discriminator_layers: Positive = Field(3, description="stride-2 layers of each D (paper: 3)")
    discriminator_norm: Literal["instance", "spectral"] = Field(
        "instance", description="D: instance norm of its maps, or spectral norm of its kernels"
    )
    discriminator_down: Literal["stride", "blur"] = Field(
        "stride", description="how D halves its maps; blur: 3x3 binomial filter first"
    )
    discriminator_heads: Natural = Field(
        0, description="channels of D's heads on VGG16's maps, beside its scales; 0 is none"
    )

    @model_validator(mode="after")
    def _size_divides(self) -> "ModelParams":
        step = 2**self.downs
        if self.size % step:
            refuse([contradiction(("size",), self.size, f"a multiple of {step} (2^downs)")])
        return self

    @model_validator(mode="after")
    def _unet_halves_to_one_pixel(self) -> "ModelParams":
        if self.kind == "unet" and self.sap:
            refuse([contradiction(("sap",), self.sap, "false where kind is unet")])
        if self.kind == "unet" and (self.size < 4 or self.size & (self.size - 1)):
            refuse([contradiction(("size",), self.size, "4, 8, 16 ... where kind is unet")])
        return self

    @field_validator("sap_widths", "sap_kernel")
    @classmethod
    def _are_odd(cls, value: list[int] | int) -> list[int] | int:
        places = {(): value} if isinstance(value, int) else {(n,): w for n, w in enumerate(value)}
        even = {place: width for place, width in places.items() if width % 2 == 0}
        refuse(contradiction(place, width, "an odd number") for place, width in even.items())
        return value
