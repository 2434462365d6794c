"""Every knob of a run; the defaults are the `mini` preset."""

from pathlib import Path

import yaml
from pydantic import Field, ValidationError, model_validator

from facepencil.config.classifier import ClassifierParams
from facepencil.config.crop import CropParams
from facepencil.config.deform import DeformParams
from facepencil.config.download import DownloadParams
from facepencil.config.evaluate import EvaluateParams
from facepencil.config.model import ModelParams
from facepencil.config.report import ReportParams
from facepencil.config.run import RunParams
from facepencil.config.section import ConfigError, Natural, Section
from facepencil.config.sketch import SketchParams
from facepencil.config.split import SplitParams
from facepencil.config.train import TrainParams
from facepencil.config.variants import Variant
from facepencil.config.vectorize import VectorizeParams
from facepencil.config.watch import WatchParams

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
    watch: WatchParams = WatchParams()
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
