"""Section `model` of the params: sizes and forms of the networks (paper, section networks)."""

from typing import Literal

from pydantic import Field, model_validator

from facepencil.config.section import Positive, Section


class ModelParams(Section):
    """Sizes and forms of the networks (paper, section networks)."""

    kind: Literal["dual", "single"] = Field(
        "dual", description="dual: G_m and G_a; single: one generator, the baselines"
    )
    size: Positive = Field(64, description="side of the painted face, px (a multiple of 2^downs)")
    channels: Positive = Field(24, description="ngf, channels of the first layer (paper: 48)")
    downs: Positive = Field(3, description="stride-2 convolutions of the encoder (paper: 4)")
    blocks: Positive = Field(4, description="residual blocks (paper: 9)")
    shared: bool = Field(True, description="G_m and G_a share residual blocks and decoder")
    upsample: Literal["nearest", "transposed"] = Field(
        "nearest", description="nearest + conv (no checkerboard) or the paper's transposed conv"
    )
    sap: bool = Field(True, description="spatial attention pooling before G_m's encoder")
    sap_widths: list[Positive] = Field(
        [1, 3, 5, 7], min_length=1, description="pooling widths r, px (paper at 256: 1, 5, 9, 13)"
    )
    sap_channels: Positive = Field(8, description="channels of each branch (paper: 12)")
    sap_kernel: Positive = Field(5, description="kernel of branch and attention (paper: 13)")
    attention_size: Literal["half", "full"] = Field("half", description="resolution of A")
    attention_over: Literal["channels", "scales"] = Field("channels", description="softmax axis")
    attention_features: bool = Field(True, description="A sees the classifier's features")
    classifier_trainable: bool = Field(False, description="C learns on with the generators")
    discriminator_scales: Positive = Field(2, description="scales of D (paper: 3)")
    discriminator_channels: Positive = Field(32, description="ndf (paper: 64)")
    discriminator_layers: Positive = Field(3, description="stride-2 layers of each D (paper: 3)")

    @model_validator(mode="after")
    def _size_divides(self) -> "ModelParams":
        if self.size % 2**self.downs:
            raise ValueError(f"model.size must be a multiple of {2**self.downs} (2^downs)")
        if any(width % 2 == 0 for width in [*self.sap_widths, self.sap_kernel]):
            raise ValueError("model.sap_widths and model.sap_kernel must be odd")
        return self
