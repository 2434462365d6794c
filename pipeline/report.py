"""Stage `report`: a table's texts, figures and page, out of evaluations, samples and logs."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pandas import DataFrame

from facepencil.config.reading import read
from facepencil.config.report import ReportParams
from facepencil.config.section import ConfigError
from facepencil.config.variants import Variant
from facepencil.evaluation.drawn_record import Drawn, read_drawn
from facepencil.evaluation.groups_record import Groups, read_photo_groups
from facepencil.evaluation.record import (
    LPIPS,
    Evaluation,
    Measure,
    read_evaluation,
    read_reference_rows,
)
from facepencil.images import encode_png
from facepencil.reporting.bars import differences
from facepencil.reporting.costs import costs_csv, mean_minutes
from facepencil.reporting.curves import Log, losses, robustness, validation
from facepencil.reporting.drawn_rows import DRAWN_NOTE, drawn_cells, drawn_frame
from facepencil.reporting.drawn_sheets import DrawnFaces, models_sheet, refined_sheet
from facepencil.reporting.group_rows import group_note, group_rows
from facepencil.reporting.matrix import MATRIX_METRICS, heat_map, on_changes, on_kinds
from facepencil.reporting.minutes import scores_by_minutes
from facepencil.reporting.notes import note, spread
from facepencil.reporting.page import PageParts, PageRow, page_html
from facepencil.reporting.results import Variants, group_seeds
from facepencil.reporting.rows import Row, headline, paired_rows, reference_rows, score_rows
from facepencil.reporting.sample_sheets import (
    Samples,
    deformation_sheet,
    painted_sheet,
    synthetic_sheet,
    width_sheet,
    worst_sheet,
)
from facepencil.reporting.tables import Table, csv_text, latex, lettered, markdown, pivot
from facepencil.store import Shard, write_bytes, write_text
from facepencil.training.cost import Cost, read_cost
from pipeline import layout
from pipeline.graph import MATRIX, Job, find_job
from pipeline.launch import launch
from pipeline.reads import ReportReads

OneFile = TypeVar("OneFile")
SHOW_PHOTOS = ("synthetic", "worst")
"""Figures that photos are on, which belong to others."""


def read_variants(files: Sequence[Path], level: float) -> Variants:
    """Evaluations by variant, in the order of `files`.

    Raises:
        ValueError: a file is no evaluation, or the evaluations cannot be compared.
        ConfigError: none has the level of table 1.
    """
    variants = group_seeds({str(path): read_evaluation(path) for path in files})
    for name, (first, *_) in variants.items():
        if f"{level:g}" not in first.levels:
            raise ConfigError(
                f"report.level is {level:g}, {name} was evaluated at {[*first.levels]}"
            )
    return variants


@dataclass(frozen=True)
class Compared:
    """What came out of comparing the rows of a table: once, for texts, figures and page.

    Attributes:
        names: of the variants; the first is compared with.
        metrics: what they are, by name.
        scores: rows of the variants.
        references: rows of those who are no models, shown below and not compared.
        pairs: differences to the first variant.
        changes: scores on changed sketches, where there are any.
        kinds: the same by level of deformation and kind of change, means over its strengths.
        groups: scores by group of photos at the level of table 1.
        group_note: what stands below them.
        spread: N, seeds and intervals, in words.
        note: what stands below the table.
    """

    names: Sequence[str]
    metrics: Mapping[str, Measure]
    scores: Sequence[Row]
    references: Sequence[Row]
    pairs: Sequence[Row]
    changes: Sequence[Row]
    kinds: Sequence[Row]
    groups: Sequence[Row]
    group_note: str
    spread: str
    note: str

    @property
    def better(self) -> dict[str, str]:
        """`low` or `high`, by metric."""
        return {name: measure.better for name, measure in self.metrics.items()}


def compare(
    variants: Variants,
    references: Sequence[Evaluation],
    groups: Groups,
    level: float,
    on_changed: bool = True,
) -> Compared:
    """Compare variants with each other; the note tells what could be seen at `level`.

    Where `on_changed`, also on changed sketches, if any variant was tested on them.
    """
    scores, changed = score_rows(variants), on_changes(variants) if on_changed else {}
    return Compared(
        list(variants),
        next(iter(variants.values()))[0].metrics,
        scores,
        reference_rows(references),
        paired_rows(variants),
        score_rows(changed) if changed else [],
        _by_kind(variants, scores) if changed else [],
        group_rows(variants, references, groups, f"{level:g}"),
        group_note(groups),
        spread(variants),
        note(variants, f"{level:g}"),
    )


def _by_kind(variants: Variants, scores: Sequence[Row]) -> list[Row]:
    """Rows of the matrix: metrics in their order, then variants, levels and kinds."""
    kinds = score_rows(on_kinds(variants))
    every = [row for row in [*scores, *kinds] if row.metric in MATRIX_METRICS]
    names = list(variants)
    return sorted(
        every, key=lambda row: (MATRIX_METRICS.index(row.metric), names.index(row.variant))
    )


def write_tables(
    found: Compared, differs: Mapping[str, str], folder: Path, params: ReportParams
) -> str:
    """Write table1, robustness, paired, groups and matrix, each as CSV, Markdown and LaTeX.

    The matrix is written where models were tested on changed sketches.

    Args:
        found: the rows.
        differs: what a variant differs in, by its name.
        folder: where the tables go.
        params: level of table 1, digits of the wide tables.

    Returns:
        Table 1 in Markdown.
    """
    rows = [*found.scores, *found.references]
    level = [row for row in rows if row.level == f"{params.level:g}"]
    table1 = lettered(level, found.better, params.digits)
    if any(differs.values()):
        table1.insert(1, "differs in", [differs.get(n, "no model") for n in table1["variant"]])
    first = Table(f"Test photos, sketches of d = {params.level:g}", table1, found.note)
    _write_table(folder / "table1", level, first)
    for name, (title, long, cells) in _wide_tables(found, rows, params.digits).items():
        _write_table(folder / name, long, Table(title, cells, found.note))
    _write_table(folder / "groups", found.groups, _groups_table(found, params))
    return markdown(first)


def _groups_table(found: Compared, params: ReportParams) -> Table:
    """Empty but for the models' names where no group has enough photos."""
    cells = DataFrame({"variant": list(found.names)})
    if found.groups:
        lines = ["metric", "variant"]
        cells = lettered(found.groups, found.better, params.digits, lines, "level")
    title = f"By group of photos, sketches of d = {params.level:g}"
    return Table(title, cells, f"{found.group_note} {found.spread}.")


def _wide_tables(
    found: Compared, rows: Sequence[Row], digits: int
) -> dict[str, tuple[str, Sequence[Row], DataFrame]]:
    """Title, rows and cells of the tables with a column a level, by name."""
    lpips = [row for row in found.pairs if row.metric == LPIPS]
    robust = pivot(rows, ["metric", "variant"], "level", digits)
    paired = pivot(lpips, ["variant"], "level", digits)
    tables = {
        "robustness": ("Robustness to deformation", rows, robust),
        "paired": (f"{LPIPS} apart, photo by photo", found.pairs, paired),
    }
    if found.changes:
        cells = lettered(found.kinds, found.better, digits, ["metric", "variant"], "level")
        tables[MATRIX] = ("Trained on against tested on", found.changes, cells)
    return tables


def _write_table(stem: Path, rows: Sequence[Row], table: Table) -> None:
    write_text(stem.with_suffix(".csv"), csv_text(rows))
    write_text(stem.with_suffix(".tex"), latex(table))
    write_text(stem.with_suffix(".md"), markdown(table))


def read_log(path: Path) -> Log:
    """A training log: a JSON object a line.

    Raises:
        ValueError: names the file that is none.
    """
    try:
        return [json.loads(line) for line in path.read_text().splitlines()]
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: expected a training log, JSON a line: {error}") from error


def write_drawn(models: Mapping[str, Sequence[Drawn]], folder: Path) -> None:
    """Write the table of drawings, as CSV, Markdown and LaTeX.

    Args:
        models: every seed's scores, by variant.
        folder: where the table goes.
    """
    frame = drawn_frame(models)
    table = Table("Faces from drawings", drawn_cells(frame), DRAWN_NOTE)
    write_text(folder / "drawings.csv", frame.to_csv(index=False, lineterminator="\n"))
    write_text(folder / "drawings.md", markdown(table))
    write_text(folder / "drawings.tex", latex(table))


def drawn_figures(drawings: Path, faces: Mapping[str, Path]) -> dict[str, bytes]:
    """PNGs of drawings beside the faces painted from them, by name.

    Args:
        drawings: the shard of the drawings.
        faces: shards of the faces, by variant.
    """
    with ExitStack() as stack:
        shards = {name: stack.enter_context(Shard(path)) for name, path in faces.items()}
        found = DrawnFaces(stack.enter_context(Shard(drawings)), shards)
        return {
            "drawings": encode_png(models_sheet(found)),
            "refined": encode_png(refined_sheet(found, next(iter(faces)))),
        }


def draw_figures(
    found: Compared, logs: Mapping[str, Sequence[Log]], samples: Samples, level: float
) -> dict[str, bytes]:
    """PNGs of the curves, bars and sheets, by name.

    Args:
        found: the rows; the first variant is on the sheet without photos.
        logs: of every training, by variant.
        samples: the sample faces of each variant.
        level: d at which the bars compare.
    """
    subject, *_ = names = found.names
    pairs = [row for row in found.pairs if row.level == f"{level:g}"]
    matrix = {MATRIX: heat_map(found.kinds, found.better, found.spread)} if found.kinds else {}
    return matrix | {
        "bars": differences(pairs, subject, found.spread),
        "deformation": encode_png(deformation_sheet(samples, names)),
        "losses": losses(logs),
        "painted": encode_png(painted_sheet(samples, subject)),
        "robustness": robustness(found.scores, found.better, found.spread),
        "synthetic": encode_png(synthetic_sheet(samples, names)),
        "validation": validation(logs),
        "widths": encode_png(width_sheet(samples, names)),
        "worst": encode_png(worst_sheet(samples, names)),
    }


def page_row(
    name: str, variant: Variant, models: Sequence[Evaluation], costs: Sequence[Cost]
) -> PageRow:
    """What the page tells of a row beside its scores."""
    return PageRow(
        name=name,
        note=variant.note,
        overrides=variant.model_dump(exclude={"note"}, exclude_defaults=True),
        costs=costs,
        models=[str(one.conditions.model_sha256) for one in models],
    )


def make_page(
    table: str,
    rows: Sequence[PageRow],
    found: Compared,
    logs: Mapping[str, Sequence[Log]],
    samples: Samples,
    figures: Mapping[str, bytes],
    level: float,
    with_photos: bool = True,
) -> str:
    """The table as an HTML page, which shows `level` first."""
    parts = PageParts(
        title=f"FacePencil: {table}",
        rows=rows,
        scores=[*found.scores, *found.references],
        references=list(dict.fromkeys(row.variant for row in found.references)),
        metrics=found.metrics,
        level=f"{level:g}",
        logs=logs,
        samples=samples,
        figures=figures,
        note=found.note,
        with_photos=with_photos,
    )
    return page_html(parts)


def picture(
    table: str,
    rows: Sequence[PageRow],
    found: Compared,
    logs: Mapping[str, Sequence[Log]],
    seed: int,
    level: float,
    drawn: bool,
    with_photos: bool = True,
) -> tuple[dict[str, bytes], str]:
    """PNGs by name, and the page: of the faces that the models of one seed painted.

    Args:
        table: its name.
        rows: what the page tells of each.
        found: the rows, compared.
        logs: of every training, by variant.
        seed: of the models.
        level: d that is shown first.
        drawn: whether faces were painted from drawings too.
        with_photos: without, neither figures nor page show a photo.
    """
    names = found.names
    with ExitStack() as stack:
        shards = [stack.enter_context(Shard(layout.samples(name, seed))) for name in names]
        samples = Samples(dict(zip(names, shards, strict=True)))
        figures = draw_figures(found, logs, samples, level)
        minutes = {row.name: mean_minutes(row.costs) for row in rows}
        figures["minutes"] = scores_by_minutes(found.scores, minutes, found.better, found.spread)
        if drawn:
            faces = {name: layout.drawn_faces(name, seed) for name in names}
            figures |= drawn_figures(layout.drawings(), faces)
        if not with_photos:
            figures = {name: png for name, png in figures.items() if name not in SHOW_PHOTOS}
        return figures, make_page(table, rows, found, logs, samples, figures, level, with_photos)


def main(
    table: Annotated[str, typer.Option(help="name out of `tables` of the params file")],
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Make the texts, the figures and the page of a table of the params file.

    Reads results/{evaluations,samples,reference,groups}, and of every model the training
    log and the cost; writes results/tables/TABLE (CSV, Markdown, LaTeX, costs.csv, page.html),
    results/figures/TABLE (PNG) and results/metrics/TABLE.json (table 1 for `dvc metrics`). The
    first row is the one that the others are compared with. d is in px on a canvas of 512 px.
    """
    known = read(params, ReportReads)
    names, seeds, level = known.tables[table], known.run.seeds, known.report.level
    texts, pictures = layout.tables(table), layout.figures(table)
    job = find_job(params, "report", table=table)
    references, groups = (_below(job, f"results/{name}") for name in ("reference", "groups"))
    files = [layout.evaluation(name, seed) for name in names for seed in seeds]
    variants = read_variants(files, level)
    matrix = any(path.stem == MATRIX for path in job.outputs)
    no_models = read_reference_rows(references)
    found = compare(variants, no_models, read_photo_groups(groups), level, matrix)
    costs = of_models(names, seeds, layout.cost, read_cost)
    logs = of_models(names, seeds, layout.training_log, read_log)
    rows = [page_row(name, known.variants[name], variants[name], costs[name]) for name in names]
    drawn = layout.drawings() in job.inputs
    figures, page = picture(table, rows, found, logs, seeds[0], level, drawn)
    write_tables(found, {name: known.variants[name].note for name in names}, texts, known.report)
    if drawn:
        write_drawn(of_models(names, seeds, layout.drawn_scores, read_drawn), texts)
    _write_rest(found, costs, figures, page, level, table)
    tables = sum(path.suffix == ".md" for path in job.outputs)
    return f"{tables} tables, {len(figures)} figures and a page: see {texts} and {pictures}"


def _below(job: Job, folder: str) -> Path:
    """The one input of a job below a folder."""
    (found,) = [path for path in job.inputs if path.is_relative_to(folder)]
    return found


def of_models(
    names: Sequence[str],
    seeds: Sequence[int],
    place: Callable[[str, int], Path],
    read_file: Callable[[Path], OneFile],
    root: Path = layout.PARAMS.parent,
) -> dict[str, list[OneFile]]:
    """A file of every seed, by variant; `root` is laid out like the project."""
    return {name: [read_file(root / place(name, seed)) for seed in seeds] for name in names}


def _write_rest(
    found: Compared,
    costs: Mapping[str, Sequence[Cost]],
    figures: Mapping[str, bytes],
    page: str,
    level: float,
    table: str,
) -> None:
    """Write the headline, the costs, the figures and the page."""
    texts, pictures = layout.tables(table), layout.figures(table)
    numbers = headline(found.scores, f"{level:g}")
    write_text(layout.metrics(table), json.dumps(numbers, indent=1) + "\n")
    write_text(texts / "costs.csv", costs_csv(costs))
    for name, png in figures.items():
        write_bytes(pictures / f"{name}.png", png)
    write_text(texts / "page.html", page)


if __name__ == "__main__":
    launch(main)
