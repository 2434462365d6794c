"""Section `train` of the params: losses and schedule (paper, section training)."""

from typing import Literal

from pydantic import Field

from facepencil.config.deform import Kind
from facepencil.config.section import (
    CanvasPixels,
    Degrees,
    Fraction,
    Natural,
    NonNegative,
    Positive,
    Rate,
    Section,
    Threads,
    TrainPrecision,
)


class TrainParams(Section):
    """Losses and schedule (paper, section training)."""

    stages: list[Natural] = Field(
        [0, 0, 8000],
        min_length=3,
        max_length=3,
        description="photos seen in stage 1 (G_a, D), 2 (SAP, G_m's encoder, D), 3 (everything)",
    )
    sketches: Literal["aligned", "both"] = Field(
        "both", description="what a single generator sees: S_syn alone, or S_syn and S_dfm mixed"
    )
    deform_by: Literal["jitter", Kind] = Field(
        "jitter", description="how S_dfm is made: offsets of points (paper), or as people draw"
    )
    deform_px: CanvasPixels = Field(20, description="d of the training jitter, canvas px")
    deform_probability: Fraction = Field(
        1.0, description="chance that a coordinate is offset in training"
    )
    batch: Positive = Field(2, description="photos a step (paper: 32)")
    micro_batch: Positive | Literal["auto"] = Field(
        "auto", description="photos seen at a time, as memory allows; auto: what fits on the GPU"
    )
    learning_rate: Rate = Field(5e-4, description="Adam's step size, both networks (paper: 2e-4)")
    warmup: Natural = Field(
        0, description="photos over which the step size rises from 0, in each stage"
    )
    ema: Fraction = Field(0.998, description="decay a step of the averaged generator")
    flip: bool = Field(True, description="mirror half of the photos")
    augment_degrees: Degrees = Field(
        0, description="photo and strokes are turned by up to so much; 0 is off"
    )
    augment_shift_px: CanvasPixels = Field(
        0, description="and shifted by up to so much, canvas px; 0 is off"
    )
    augment_colour: Fraction = Field(
        0, description="largest change of brightness, contrast and saturation; 0 is off"
    )
    gan: Literal["lsgan", "hinge", "vanilla"] = Field("lsgan", description="adversarial loss")
    gan_weight: NonNegative = Field(1.0, description="weight of the adversarial loss")
    heads_weight: NonNegative = Field(
        1.0, description="weight of the hinge loss of D's heads, if there are any"
    )
    gan_from: Natural = Field(
        0, description="photos seen before D trains, and its losses (GAN, heads, L_DFM) count"
    )
    r1_weight: NonNegative = Field(
        0.0, description="weight of R1, gradient penalty of D's real pairs (not of heads); 0 is off"
    )
    r1_every: Positive = Field(16, description="steps between two R1, each counting as many times")
    dfm_weight: NonNegative = Field(10.0, description="lambda of L_DFM (paper: 10)")
    gfm_weight: NonNegative = Field(2.0, description="mu of L_GFM (paper: 10)")
    gfm_layers: Literal["residual", "encoder"] = Field("residual", description="where L_GFM looks")
    gfm_detach: bool = Field(False, description="no gradient of L_GFM into G_a")
    l1_weight: NonNegative = Field(5.0, description="weight of L1 to the photo")
    vgg_weight: NonNegative = Field(5.0, description="weight of the VGG16 feature distance")
    vgg_px: int = Field(
        48,
        ge=8,
        le=4096,
        description="side of the window that VGG16 sees, elsewhere in each step, px",
    )
    vgg_pool: Literal["max", "average"] = Field("max", description="pooling between its blocks")
    real_pairs: Literal["both", "aligned"] = Field("both", description="D's reals: sketches paired")
    released_defect: bool = Field(False, description="D scores G_a's image in the deformed branch")
    threads: Threads = Field(1, description="numeric threads (changes float results)")
    precision: TrainPrecision = "float32"
