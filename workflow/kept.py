"""The scores of a table, below any folder laid out like the project, and its texts made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from facepencil.config.params import Params, load_params
from facepencil.evaluation.drawn_record import Drawn, read_drawn
from facepencil.evaluation.groups_record import read_photo_groups
from facepencil.evaluation.record import Evaluation, read_reference_rows
from facepencil.records import Record, read_record
from facepencil.reporting.costs import costs_csv
from facepencil.reporting.curves import Log
from facepencil.reporting.page import PageRow
from facepencil.reporting.results import Variants
from facepencil.store import write_text
from facepencil.training.cost import Cost, read_cost
from pipeline import layout
from pipeline.graph import MATRIX, Plan, matrix_of, references_of
from pipeline.report import (
    Compared,
    compare,
    of_models,
    page_row,
    read_log,
    read_variants,
    write_drawn,
    write_tables,
)

RESULTS = Path("docs/results")
SCORES = "scores.zip"
MADE_WITH = "made-with.json"


class MadeWith(Record):
    """What a kept table was made with.

    Attributes:
        table: its name in the params.
        commit: of the code.
        code_changed: whether the working tree differed from it in more than params and results.
        requirements_lock: sha256 of the locked packages.
        processors: that painted, and by which kernels.
        versions: of the packages that float results depend on.
        precision: of training and evaluation.
        threads: of training and evaluation.
        photos_digest: of the test photos.
        test_photos: how many.
        cpu_hours: by stage.
    """

    table: str
    commit: str
    code_changed: bool
    requirements_lock: str
    processors: list[str]
    versions: dict[str, str]
    precision: dict[str, str]
    threads: dict[str, int]
    photos_digest: str
    test_photos: int
    cpu_hours: dict[str, float]


def read_made_with(folder: Path) -> MadeWith:
    """What the table kept in a folder was made with. Raises as `read_record`."""
    return read_record(folder / MADE_WITH, MadeWith, "a record of what a table was made with")


@dataclass(frozen=True)
class Kept:
    """What a table is made of.

    Attributes:
        table: its name.
        params: of the project.
        variants: evaluations of every seed.
        found: the rows, compared.
        costs: of every training, by variant.
        logs: of every training, by variant.
        drawn: scores of what was painted from drawings, by variant; empty without drawings.
    """

    table: str
    params: Params
    variants: Variants
    found: Compared
    costs: Mapping[str, Sequence[Cost]]
    logs: Mapping[str, Sequence[Log]]
    drawn: Mapping[str, Sequence[Drawn]]

    @property
    def level(self) -> float:
        """The level d of table 1."""
        return self.params.report.level

    @property
    def evaluations(self) -> list[Evaluation]:
        """Of all variants and seeds."""
        return [one for seeds in self.variants.values() for one in seeds]

    @property
    def rows(self) -> list[PageRow]:
        """What the page tells of each row."""
        known = self.params.variants
        return [
            page_row(name, known[name], models, self.costs[name])
            for name, models in self.variants.items()
        ]


def read_kept(root: Path, table: str) -> Kept:
    """Read the scores of a table.

    Args:
        root: params.yaml lies in it, and the scores where the project has them.
        table: name out of `tables`.

    Raises:
        FileNotFoundError: a score is not there.
        ValueError: a file is not what it should be, or evaluations cannot be compared.
    """
    # They may have been kept before there was a key.
    params = load_params(root / layout.PARAMS, whole=False)
    names, seeds, level = params.tables[table], params.run.seeds, params.report.level
    pairs = [(name, seed) for name in names for seed in seeds]
    variants = read_variants([root / layout.evaluation(*pair) for pair in pairs], level)
    rows, groups = references_of(Plan(params), table)
    references = read_reference_rows(root / rows), read_photo_groups(root / groups)
    drawn = (root / layout.drawn_scores(*pairs[0])).exists()
    return Kept(
        table,
        params,
        variants,
        compare(variants, *references, level, MATRIX in matrix_of(params)),
        of_models(names, seeds, layout.cost, read_cost, root),
        of_models(names, seeds, layout.training_log, read_log, root),
        of_models(names, seeds, layout.drawn_scores, read_drawn, root) if drawn else {},
    )


def write_texts(kept: Kept, folder: Path) -> None:
    """Write the texts of a table into a folder, as the stage `report` does."""
    notes = {name: kept.params.variants[name].note for name in kept.variants}
    write_tables(kept.found, notes, folder, kept.params.report)
    write_text(folder / "costs.csv", costs_csv(kept.costs))
    if kept.drawn:
        write_drawn(kept.drawn, folder)
