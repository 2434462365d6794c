"""What each stage reads of params.yaml: nothing else is handed to it, nothing else makes it run."""

from facepencil.config.classifier import ClassifierParams, ClassifierSize
from facepencil.config.crop import CropParams, CropShape
from facepencil.config.deform import DeformParams, PenParams
from facepencil.config.download import DownloadParams
from facepencil.config.drawings import DrawingsParams
from facepencil.config.evaluate import EvaluateParams
from facepencil.config.finder import FinderParams
from facepencil.config.model import ModelParams, PainterSize
from facepencil.config.report import ReportParams
from facepencil.config.run import RunParams
from facepencil.config.section import Natural, Section
from facepencil.config.sketch import SketchParams, SketchSize
from facepencil.config.split import SplitGroup, SplitParams
from facepencil.config.tables import Rows, TableName
from facepencil.config.train import TrainParams
from facepencil.config.variants import NamedVariants
from facepencil.config.vectorize import VectorizeParams


class WeightsReads(Section):
    """Weights come from the registry, whatever the params."""


class ListReads(Section):
    """The source of the photos, and into how many shards they go."""

    shards: list[Natural]
    split: SplitGroup
    download: DownloadParams


class DownloadReads(ListReads):
    """The same: a list for other params is refused."""


class CropReads(Section):
    """How faces are found and aligned."""

    crop: CropParams


class PaletteReads(Section):
    """Colours are found in the same way, whatever the params."""


class SketchReads(Section):
    """How lines are found."""

    sketch: SketchParams


class VectorizeReads(Section):
    """How strokes follow lines."""

    vectorize: VectorizeParams


class DeformReads(Section):
    """Levels of the test set, and how its sketches are drawn."""

    seed: Natural
    split: SplitParams
    sketch: SketchSize
    deform: DeformParams


class DatasetReads(Section):
    """Which photo belongs to which part of the split."""

    seed: Natural
    shards: list[Natural]
    split: SplitParams


class PreviewReads(Section):
    """How the deformation is drawn for people to look at."""

    seed: Natural
    sketch: SketchSize
    deform: PenParams


class ClassifierReads(Section):
    """C, and how the sketches that it sees are drawn."""

    sketch: SketchSize
    deform: PenParams
    classifier: ClassifierParams
    model: PainterSize


class FinderReads(Section):
    """How the network that finds the parts of drawings is trained."""

    finder: FinderParams


class ExemplarsReads(Section):
    """Exemplars are chosen among the strokes of training, whatever the params."""


class DrawingsReads(Section):
    """Which drawings are read, how far they are refined, and how they are drawn."""

    sketch: SketchSize
    deform: PenParams
    drawings: DrawingsParams


class TrainReads(Section):
    """Networks and losses of a variant, and how its sketches are drawn."""

    sketch: SketchSize
    deform: PenParams
    classifier: ClassifierSize
    model: ModelParams
    train: TrainParams


class ReferenceReads(Section):
    """What is seen of the real photos, and how those who are no models are scored."""

    crop: CropShape
    sketch: SketchParams
    deform: PenParams
    model: PainterSize
    evaluate: EvaluateParams


class EvaluateReads(Section):
    """How scores are computed, on which crops and sketches."""

    crop: CropShape
    sketch: SketchParams
    evaluate: EvaluateParams


class ReportReads(Section):
    """What a table compares, and how it looks."""

    run: RunParams
    tables: dict[TableName, Rows]
    variants: NamedVariants
    report: ReportParams


READS: dict[str, type[Section]] = {
    "weights": WeightsReads,
    "list": ListReads,
    "download": DownloadReads,
    "crop": CropReads,
    "palette": PaletteReads,
    "sketch": SketchReads,
    "vectorize": VectorizeReads,
    "deform": DeformReads,
    "dataset": DatasetReads,
    "preview": PreviewReads,
    "classifier": ClassifierReads,
    "finder": FinderReads,
    "exemplars": ExemplarsReads,
    "drawings": DrawingsReads,
    "train": TrainReads,
    "reference": ReferenceReads,
    "evaluate": EvaluateReads,
    "drawn": EvaluateReads,
    "report": ReportReads,
}
"""By stage, in the order of the graph."""
