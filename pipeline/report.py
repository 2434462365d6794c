"""Stage `report`: tables and figures out of all evaluations and training logs."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from facepencil.config.reading import read
from facepencil.config.report import ReportParams
from facepencil.config.section import ConfigError
from facepencil.evaluation.record import FID, read_evaluation
from facepencil.images import encode_png
from facepencil.reporting.figures import Log, losses, robustness
from facepencil.reporting.results import (
    Variants,
    group_seeds,
    headline,
    note,
    paired_rows,
    score_rows,
    spread,
)
from facepencil.reporting.sample_sheets import (
    Samples,
    deformation_sheet,
    painted_sheet,
    synthetic_sheet,
)
from facepencil.reporting.tables import Table, csv_text, latex, markdown, pivot
from facepencil.store import Shard, write_bytes, write_text
from pipeline import layout
from pipeline.graph import TABLES
from pipeline.launch import launch
from pipeline.reads import ReportReads

NO_FID = "no Inception weights"


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


def write_tables(variants: Variants, subject: str, folder: Path, params: ReportParams) -> str:
    """Write table1, robustness and paired, each as CSV, Markdown and LaTeX.

    Args:
        variants: evaluations of every seed, by variant.
        subject: the variant that the others are compared with, photo by photo.
        folder: where the tables go.
        params: level of table 1, digits of the wide tables.

    Returns:
        Table 1 in Markdown.
    """
    rows, pairs, words = score_rows(variants), paired_rows(variants, subject), note(variants)
    level = [row for row in rows if row.level_px == params.level]
    wide = {
        "robustness": (rows, "Robustness to deformation", ["metric", "variant"], "level_px"),
        "paired": (pairs, "LPIPS-Alex apart, photo by photo", ["variant"], "level_px"),
        "table1": (level, f"Test photos, sketches of d = {params.level:g}", ["variant"], "metric"),
    }
    for name, (long, title, lines, column) in wide.items():
        cells = pivot(long, lines, column, params.digits)
        if column == "metric" and FID not in cells:
            cells[FID] = NO_FID
        table = Table(title, cells, words)
        write_text(folder / f"{name}.csv", csv_text(long))
        write_text(folder / f"{name}.tex", latex(table))
        write_text(folder / f"{name}.md", markdown(table))
    return markdown(table)


def read_log(path: Path) -> Log:
    """A training log: a JSON object a line.

    Raises:
        ValueError: names the file that is none.
    """
    try:
        return [json.loads(line) for line in path.read_text().splitlines()]
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: expected a training log, JSON a line: {error}") from error


def write_figures(
    variants: Variants, subject: str, samples: Mapping[str, Path], folder: Path
) -> list[Path]:
    """Write the curves and sheets as PNG; returns their paths.

    Args:
        variants: evaluations of every seed, by variant.
        subject: the variant on the sheet without photos.
        samples: the shard of sample faces of each variant.
        folder: where the figures go.

    Raises:
        ShardError: a shard is damaged, or they do not show the same photos.
    """
    with ExitStack() as stack:
        shown = Samples({name: stack.enter_context(Shard(path)) for name, path in samples.items()})
        pictures = {
            "robustness": robustness(score_rows(variants), spread(variants)),
            "synthetic": encode_png(synthetic_sheet(shown, list(samples))),
            "deformation": encode_png(deformation_sheet(shown, list(samples))),
            "painted": encode_png(painted_sheet(shown, subject)),
        }
    paths = {folder / f"{name}.png": picture for name, picture in pictures.items()}
    for path, picture in paths.items():
        write_bytes(path, picture)
    return list(paths)


def main(
    table: Annotated[str, typer.Option(help="name out of `tables` of the params file")],
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Make the texts and figures of a table of the params file.

    Reads results/evaluations, results/samples, and of every model the training log and the cost;
    writes results/tables/TABLE (CSV, Markdown, LaTeX), results/figures/TABLE (PNG) and
    results/metrics/TABLE.json (table 1 for `dvc metrics`). Rows are shown in the reverse of
    `tables`: its first is the one that the others are compared with. d is in px on a canvas of
    512 px.
    """
    known = read(params, ReportReads)
    seeds, names = known.run.seeds, known.tables[table][::-1]
    texts, pictures = layout.tables(table), layout.figures(table)
    files = [layout.evaluation(name, seed) for name in names for seed in seeds]
    variants = read_variants(files, known.report.level)
    write_tables(variants, names[-1], texts, known.report)
    numbers = headline(score_rows(variants), known.report.level)
    write_text(layout.metrics(table), json.dumps(numbers, indent=1) + "\n")
    logs = {name: [read_log(layout.training_log(name, seed)) for seed in seeds] for name in names}
    write_bytes(pictures / "losses.png", losses(logs))
    samples = {name: layout.samples(name, seeds[0]) for name in names}
    figures = write_figures(variants, names[-1], samples, pictures)
    return f"{len(TABLES)} tables, {len(figures) + 1} figures: see {texts} and {pictures}"


if __name__ == "__main__":
    launch(main)
