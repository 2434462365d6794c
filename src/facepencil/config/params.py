"""Every knob of a run; the defaults are the `mini` preset."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import InitErrorDetails

from facepencil.config.classifier import ClassifierParams
from facepencil.config.crop import CropParams
from facepencil.config.deform import DeformParams
from facepencil.config.download import DownloadParams
from facepencil.config.drawings import DrawingsParams
from facepencil.config.evaluate import EvaluateParams
from facepencil.config.finder import FinderParams
from facepencil.config.model import BEFORE_KEYS, ModelParams
from facepencil.config.reading import checked
from facepencil.config.report import ReportParams
from facepencil.config.run import RunParams
from facepencil.config.section import (
    VARIED,
    ConfigError,
    Natural,
    Section,
    Seed,
    again,
    contradiction,
    refuse,
)
from facepencil.config.sketch import SketchParams
from facepencil.config.source import load
from facepencil.config.split import SplitParams
from facepencil.config.tables import Rows, TableName
from facepencil.config.train import TrainParams
from facepencil.config.variants import NamedVariants, Variant
from facepencil.config.vectorize import VectorizeParams
from facepencil.config.watch import WatchParams

_SINGLE = {"kind": "single", "sap": False}
_UNET = {
    "kind": "unet",
    "sap": False,
    "channels": 32,
    "discriminator_scales": 1,
    "discriminator_channels": 32,
    "discriminator_layers": 3,
}
_PIX2PIX = {
    "sketches": "aligned",
    "learning_rate": 0.0002,
    "gan": "vanilla",
    "dfm_weight": 0.0,
    "l1_weight": 100.0,
    "vgg_weight": 0.0,
}
"""The defaults of pix2pix (Isola et al., CVPR 2017), with half the channels, as all of mini has."""


class Params(Section):
    """A whole params file."""

    model_config = ConfigDict(validate_default=True)

    seed: Seed = Field(0, description="global seed of splits, shards and test deformations")
    shards: list[Natural] = Field(
        [0, 1], min_length=1, description="0..n-1: pieces the photos are cut into"
    )
    split: SplitParams = SplitParams()
    run: RunParams = RunParams()
    download: DownloadParams = DownloadParams()
    crop: CropParams = CropParams()
    sketch: SketchParams = SketchParams()
    vectorize: VectorizeParams = VectorizeParams()
    deform: DeformParams = DeformParams()
    classifier: ClassifierParams = ClassifierParams()
    finder: FinderParams = FinderParams()
    drawings: DrawingsParams = DrawingsParams()
    model: ModelParams = ModelParams()
    train: TrainParams = TrainParams()
    watch: WatchParams = WatchParams()
    tables: dict[TableName, Annotated[Rows, Field(min_length=1)]] = Field(
        {"main": ["ours", "baseline_deform", "baseline", "pix2pix"]},
        min_length=1,
        description="rows of each table, names out of `variants`; the first is compared with",
    )
    variants: NamedVariants = Field(
        default_factory=lambda: {
            "ours": Variant(),
            "baseline_deform": Variant(model=_SINGLE, note="one generator, S_syn and S_dfm"),
            "baseline": Variant(
                model=_SINGLE, train={"sketches": "aligned"}, note="one generator, S_syn alone"
            ),
            "pix2pix": Variant(
                model=_UNET, train=_PIX2PIX, note="U-Net, log-GAN, L1 x 100, 70 px patches"
            ),
        },
        description="by name: overrides of sketch to train, and a note for the tables",
    )
    evaluate: EvaluateParams = EvaluateParams()
    report: ReportParams = ReportParams()

    @field_validator("shards")
    @classmethod
    def _count_up(cls, shards: list[int]) -> list[int]:
        wrong = [place for place, shard in enumerate(shards) if shard != place]
        refuse(contradiction((p,), shards[p], f"{p}: shards count up from 0") for p in wrong[:1])
        return shards

    @field_validator("model")
    @classmethod
    def _fits_the_sketch(cls, model: ModelParams, info: ValidationInfo) -> ModelParams:
        refuse(_above_the_sketch({**info.data, "model": model}))
        return model

    @field_validator("variants")
    @classmethod
    def _agree(cls, variants: dict[str, Variant], info: ValidationInfo) -> dict[str, Variant]:
        found = [*_unknown(info.data.get("tables", {}), variants), *_alike(variants)]
        for name, variant in variants.items():
            found += _at_odds(info.data, name, variant)
        refuse(found)
        return variants

    @field_validator("report")
    @classmethod
    def _level_is_tested(cls, report: ReportParams, info: ValidationInfo) -> ReportParams:
        tested = {"deform.levels": info.data["deform"].levels} if "deform" in info.data else {}
        for name, variant in info.data.get("variants", {}).items():
            if "levels" in variant.deform:
                tested[f"variants.{name}.deform.levels"] = variant.deform["levels"]
        refuse(
            contradiction(("level",), report.level, f"one of {key}: {_listed(levels)}")
            for key, levels in tested.items()
            if report.level not in levels
        )
        return report

    def of_variant(self, name: str) -> "Params":
        """All params with the overrides of one variant in place.

        Raises:
            ConfigError: no variant of that name.
        """
        if name not in self.variants:
            known = ", ".join(self.variants)
            raise ConfigError(f"no variant {name!r}; those there are: {known}")
        variant = self.variants[name]
        laid = {part: _laid_over(getattr(self, part), variant, part) for part in VARIED}
        return self.model_copy(update=laid)


def load_params(path: Path, whole: bool = True) -> Params:
    """Read and validate a params file.

    Args:
        path: of the file.
        whole: every key must be there; else what it was before it had a key, mostly its default.

    Raises:
        ConfigError: names the file, the line, the key and what was expected there.
    """
    source = load(path)
    values, model = source.values, source.values.get("model")
    if not whole and isinstance(model, dict):
        values = {**values, "model": BEFORE_KEYS | model}
    return checked(source, Params, values, whole=whole)


def _laid_over(section: Section, variant: Variant, name: str) -> Section:
    overrides: dict[str, Any] = getattr(variant, name)
    return type(section).model_validate({**section.model_dump(), **overrides})


def _at_odds(sections: Mapping[str, Any], name: str, variant: Variant) -> list[InitErrorDetails]:
    """Contradictions that the overrides of a variant bring about."""
    found: list[InitErrorDetails] = []
    laid = dict(sections)
    for part in [part for part in VARIED if getattr(variant, part) and part in sections]:
        try:
            laid[part] = _laid_over(sections[part], variant, part)
        except ValidationError as error:
            found += [again(one, (name, part)) for one in error.errors()]
    if variant.sketch or variant.model:
        section = "model" if "size" in variant.model else "sketch"
        found += [{**one, "loc": (name, section, "size")} for one in _above_the_sketch(laid)]
    return found


def _above_the_sketch(sections: Mapping[str, Any]) -> Iterator[InitErrorDetails]:
    sketch, model = sections.get("sketch"), sections.get("model")
    if sketch and model and sketch.size < model.size:
        wanted = f"at most {sketch.size} (sketch.size)"
        yield contradiction(("size",), model.size, wanted)


def _unknown(
    tables: Mapping[str, Sequence[str]], variants: Mapping[str, Variant]
) -> Iterator[InitErrorDetails]:
    for table, rows in tables.items():
        for number, name in enumerate(rows):
            if name not in variants:
                wanted = f"one of `variants`: {', '.join(variants)}"
                yield contradiction((), name, wanted, ("tables", table, number))


def _alike(variants: Mapping[str, Variant]) -> Iterator[InitErrorDetails]:
    first: dict[str, str] = {}
    for name in variants:
        other = first.setdefault(name.lower(), name)
        if other != name:
            yield contradiction((name,), name, f"more than case to tell it from {other}")


def _listed(levels: list[float]) -> str:
    return ", ".join(f"{level:g}" for level in levels)
