"""Every knob of a run: typed, described, defaulted (the defaults are the `mini` preset)."""

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

CANVAS_PX = 512
"""Side of the canvas on which strokes and `deform_px` are expressed (`paper.md`, unit of d)."""

Fraction = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(ge=1)]
Natural = Annotated[int, Field(ge=0)]
NonNegative = Annotated[float, Field(ge=0)]


class ConfigError(ValueError):
    """An unusable params file; the message names the file, the key and what was expected."""


class Section(BaseModel):
    """Base of all sections: unknown keys are errors, values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SplitParams(Section):
    """Which photos are never trained on; drawn from a hash of the photo's id."""

    test: Fraction = Field(0.2, description="share of the photos kept for the test")
    val: Fraction = Field(0.02, description="share of the photos kept to watch training")

    @model_validator(mode="after")
    def _leave_some_to_train(self) -> "SplitParams":
        if self.test + self.val >= 1:
            raise ValueError("split.test + split.val must be below 1")
        return self


class RunParams(Section):
    """Which of the variants are trained, and with which seeds."""

    variants: list[str] = Field(
        ["ours", "baseline_deform", "baseline"], min_length=1, description="names out of `variants`"
    )
    seeds: list[Natural] = Field([0], min_length=1, description="training seeds, one model each")


class DownloadParams(Section):
    """Where the photos come from."""

    source: Literal["celeba-mini", "celeba", "celebamask-hq", "ffhq", "folder"] = Field(
        "celeba-mini", description="registry name of the photos, or `folder` for your own"
    )
    folder: str = Field("photos", description="where your photos are, when source is `folder`")
    limit: Positive | None = Field(None, description="use only the first so many photos (by id)")


class CropParams(Section):
    """Face detection (YuNet) and 5-point alignment to one template."""

    size: Positive = Field(256, description="side of the cropped face, px")
    face_fraction: float = Field(
        0.28,
        gt=0,
        lt=1,
        description="distance from eyes' to mouth's middle, as a share of the crop's side",
    )
    score: Fraction = Field(0.7, description="lowest detection score that counts as a face")
    faces: Literal["largest", "all", "reject"] = Field(
        "largest", description="what to do with a photo of several faces"
    )
    min_face_px: Positive = Field(40, description="smaller faces are rejected, px in the photo")


class SketchParams(Section):
    """Edge-aligned one-pixel sketches S_syn."""

    method: Literal["hybrid", "hed", "contour", "mask", "canny", "xdog"] = Field(
        "hybrid", description="how lines are found"
    )
    size: Positive = Field(256, description="side of the sketch, px")
    hed_px: Positive = Field(
        192, description="side at which HED sees the photo, px (`hed` alone: 512 for clearer eyes)"
    )
    hed_threshold: Fraction = Field(
        0.35, description="edge probability that a line reaches somewhere (`hed`, `hybrid`)"
    )
    person_mask: bool = Field(
        True, description="remove lines outside the person (not `mask`: its labels know better)"
    )
    speck_px: Natural = Field(40, description="connected lines shorter than this are dropped, px")
    batch: Positive = Field(8, description="photos a forward pass of HED")
    threads: Positive = Field(1, description="numeric threads a job (changes float results)")


class VectorizeParams(Section):
    """Centreline strokes as chains of cubic Beziers (paper: AutoTrace)."""

    tolerance_px: Annotated[float, Field(gt=0)] = Field(
        1.5, description="largest distance between a curve and its pixels, px of the sketch"
    )
    min_length_px: NonNegative = Field(3.0, description="shorter free branches are dropped, px")


class DeformParams(Section):
    """Stroke deformation S_dfm (paper, data section)."""

    levels: list[NonNegative] = Field(
        [0, 11, 20, 30], min_length=1, description="test levels d, px on the 512 px canvas"
    )
    probability: Fraction = Field(1.0, description="chance that a coordinate is offset")
    line_px: Positive = Field(1, description="line width at sketch size, px")


class ClassifierParams(Section):
    """The aligned/deformed classifier C, pre-trained on sketches alone (paper, section SAP)."""

    channels: Positive = Field(16, description="channels of the first layer (paper: 48)")
    samples: Natural = Field(0, description="sketches seen; 0 keeps the initial weights")
    batch: Positive = Field(16, description="sketches a step")
    learning_rate: float = Field(2e-4, gt=0, description="Adam's step size")
    deform_px: NonNegative = Field(11, description="d of the deformed class, canvas px")
    threads: Positive = Field(1, description="numeric threads (changes float results)")


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
    deform_px: NonNegative = Field(11, description="d of the training deformation, canvas px")
    batch: Positive = Field(8, description="photos a step")
    learning_rate: float = Field(
        5e-4, gt=0, description="Adam's step size, both networks (paper: 2e-4)"
    )
    ema: Fraction = Field(0.998, description="decay a step of the averaged generator")
    flip: bool = Field(True, description="mirror half of the photos")
    gan: Literal["lsgan", "hinge", "vanilla"] = Field("lsgan", description="adversarial loss")
    gan_weight: NonNegative = Field(1.0, description="weight of the adversarial loss")
    dfm_weight: NonNegative = Field(10.0, description="lambda of L_DFM (paper: 10)")
    gfm_weight: NonNegative = Field(2.0, description="mu of L_GFM (paper: 10)")
    gfm_layers: Literal["residual", "encoder"] = Field("residual", description="where L_GFM looks")
    gfm_detach: bool = Field(False, description="no gradient of L_GFM into G_a")
    l1_weight: NonNegative = Field(25.0, description="weight of L1 to the photo")
    vgg_weight: NonNegative = Field(5.0, description="weight of the VGG16 feature distance")
    real_pairs: Literal["both", "aligned"] = Field("both", description="D's reals: sketches paired")
    released_defect: bool = Field(False, description="D scores G_a's image in the deformed branch")
    log_every: Positive = Field(400, description="photos between two log lines")
    state_every: Positive = Field(1600, description="photos between two saved states")
    samples_every: Positive = Field(1600, description="photos between two sample sheets")
    threads: Positive = Field(1, description="numeric threads (changes float results)")


class Variant(Section):
    """A named set of overrides of the model and train sections."""

    model: dict[str, Any] = Field(default_factory=dict, description="overrides of `model`")
    train: dict[str, Any] = Field(default_factory=dict, description="overrides of `train`")


class EvaluateParams(Section):
    """Scores of a model on the test photos."""

    batch: Positive = Field(8, description="photos a forward pass; more take longer on a CPU")
    bootstrap: Positive = Field(1000, description="resamples behind each interval")
    confidence: Annotated[float, Field(gt=0, lt=1)] = Field(0.95, description="of the intervals")
    samples: Positive = Field(8, description="test photos painted for the sheets")
    inception: str | None = Field(
        None, description="sha256 of data/weights/inception_fid.pth, which adds the true FID"
    )
    threads: Positive = Field(1, description="numeric threads (changes float results)")


class ReportParams(Section):
    """Tables and figures."""

    level: NonNegative = Field(11, description="the level d of table 1")
    digits: Positive = Field(3, description="significant digits in Markdown and LaTeX")


_SINGLE = {"kind": "single", "sap": False}


class Params(Section):
    """A whole params file."""

    seed: Natural = Field(0, description="global seed of splits, shards and test deformations")
    shards: list[Natural] = Field(
        [0, 1, 2, 3], min_length=1, description="0..n-1: pieces the photos are cut into"
    )
    split: SplitParams = SplitParams()
    run: RunParams = RunParams()
    download: DownloadParams = DownloadParams()
    crop: CropParams = CropParams()
    sketch: SketchParams = SketchParams()
    vectorize: VectorizeParams = VectorizeParams()
    deform: DeformParams = DeformParams()
    classifier: ClassifierParams = ClassifierParams()
    model: ModelParams = ModelParams()
    train: TrainParams = TrainParams()
    variants: dict[str, Variant] = Field(
        default_factory=lambda: {
            "ours": Variant(),
            "baseline_deform": Variant(model=_SINGLE),
            "baseline": Variant(model=_SINGLE, train={"sketches": "aligned"}),
        },
        description="overrides of `model` and `train`, by name",
    )
    evaluate: EvaluateParams = EvaluateParams()
    report: ReportParams = ReportParams()

    @model_validator(mode="after")
    def _parts_agree(self) -> "Params":
        if self.shards != list(range(len(self.shards))):
            raise ValueError(f"shards must count up from 0, got {self.shards}")
        unknown = [name for name in self.run.variants if name not in self.variants]
        if unknown:
            raise ValueError(
                f"run.variants names {unknown}; `variants` has {sorted(self.variants)}"
            )
        for name in self.variants:
            self.of_variant(name)
        return self

    def of_variant(self, name: str) -> tuple[ModelParams, TrainParams]:
        """Model and train sections with the overrides of one variant.

        Raises:
            KeyError: no variant of that name.
            ValidationError: an override is not a key of its section, or out of range.
        """
        chosen = self.variants[name]
        model = ModelParams(**{**self.model.model_dump(), **chosen.model})
        return model, TrainParams(**{**self.train.model_dump(), **chosen.train})


def load_params(path: Path) -> Params:
    """Read and validate a params file.

    Raises:
        ConfigError: names the file, the key and what was expected there.
    """
    try:
        return Params(**(yaml.safe_load(path.read_text()) or {}))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such params file") from error
    except (yaml.YAMLError, TypeError) as error:
        raise ConfigError(f"{path}: not a YAML mapping: {error}") from error
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc'])) or 'params'}: {e['msg']}" for e in error.errors()]
        raise ConfigError(f"{path}: " + "; ".join(lines)) from error
