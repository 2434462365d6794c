"""Stage `report`: a table's texts, figures and page, out of evaluations, samples and logs."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from facepencil.config.reading import read
from facepencil.config.report import ReportParams
from facepencil.config.section import ConfigError
from facepencil.evaluation.record import LPIPS, read_evaluation
from facepencil.images import encode_png
from facepencil.reporting.bars import differences
from facepencil.reporting.costs import costs_csv
from facepencil.reporting.curves import Log, losses, robustness, validation
from facepencil.reporting.notes import note, spread
from facepencil.reporting.page import PageParts, PageRow, page_html
from facepencil.reporting.results import Variants, group_seeds
from facepencil.reporting.rows import headline, paired_rows, score_rows
from facepencil.reporting.sample_sheets import (
    Samples,
    deformation_sheet,
    painted_sheet,
    synthetic_sheet,
)
from facepencil.reporting.tables import Table, csv_text, latex, lettered, markdown, pivot
from facepencil.store import Shard, write_bytes, write_text
from facepencil.training.cost import Cost, read_cost
from pipeline import layout
from pipeline.graph import FIGURES, TABLES
from pipeline.launch import launch
from pipeline.reads import ReportReads


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


def write_tables(
    variants: Variants, differs: Mapping[str, str], folder: Path, params: ReportParams
) -> str:
    """Write table1, robustness and paired, each as CSV, Markdown and LaTeX.

    Args:
        variants: evaluations of every seed, by variant; the first is compared with.
        differs: what a variant differs in, by its name.
        folder: where the tables go.
        params: level of table 1, digits of the wide tables.

    Returns:
        Table 1 in Markdown.
    """
    rows, pairs = score_rows(variants), paired_rows(variants)
    words = note(variants, f"{params.level:g}")
    level = [row for row in rows if row.level_px == params.level]
    first = next(iter(variants.values()))[0]
    better = {name: measure.better for name, measure in first.metrics.items()}
    table1 = lettered(level, better, params.digits)
    if any(differs.values()):
        table1.insert(1, "differs in", [differs[name] for name in table1["variant"]])
    apart = pivot(
        [row for row in pairs if row.metric == LPIPS], ["variant"], "level_px", params.digits
    )
    by_level = pivot(rows, ["metric", "variant"], "level_px", params.digits)
    wide = {
        "robustness": (rows, Table("Robustness to deformation", by_level, words)),
        "paired": (pairs, Table(f"{LPIPS} apart, photo by photo", apart, words)),
        "table1": (level, Table(f"Test photos, sketches of d = {params.level:g}", table1, words)),
    }
    for name, (long, table) in wide.items():
        write_text(folder / f"{name}.csv", csv_text(long))
        write_text(folder / f"{name}.tex", latex(table))
        write_text(folder / f"{name}.md", markdown(table))
    return markdown(wide["table1"][1])


def read_log(path: Path) -> Log:
    """A training log: a JSON object a line.

    Raises:
        ValueError: names the file that is none.
    """
    try:
        return [json.loads(line) for line in path.read_text().splitlines()]
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: expected a training log, JSON a line: {error}") from error


def draw_figures(
    variants: Variants, logs: Mapping[str, Sequence[Log]], samples: Samples, level: float
) -> dict[str, bytes]:
    """PNGs of the curves, bars and sheets, by name.

    Args:
        variants: evaluations of every seed, by variant; the first is on the sheet without photos.
        logs: of every training, by variant.
        samples: the sample faces of each variant.
        level: d at which the bars compare.
    """
    subject, *_ = names = list(variants)
    pairs = [row for row in paired_rows(variants) if row.level_px == level]
    return {
        "bars": differences(pairs, subject, spread(variants)),
        "deformation": encode_png(deformation_sheet(samples, names)),
        "losses": losses(logs),
        "painted": encode_png(painted_sheet(samples, subject)),
        "robustness": robustness(score_rows(variants), spread(variants)),
        "synthetic": encode_png(synthetic_sheet(samples, names)),
        "validation": validation(logs),
    }


def page_rows(
    known: ReportReads, table: str, costs: Mapping[str, Sequence[Cost]], variants: Variants
) -> list[PageRow]:
    """What the page tells of each row of a table beside its scores."""
    return [
        PageRow(
            name=name,
            note=known.variants[name].note,
            overrides=known.variants[name].model_dump(exclude={"note"}, exclude_defaults=True),
            costs=costs[name],
            models=[one.conditions.model_sha256 for one in variants[name]],
        )
        for name in known.tables[table]
    ]


def main(
    table: Annotated[str, typer.Option(help="name out of `tables` of the params file")],
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Make the texts, the figures and the page of a table of the params file.

    Reads results/evaluations, results/samples, and of every model the training log and the cost;
    writes results/tables/TABLE (CSV, Markdown, LaTeX, costs.csv, page.html),
    results/figures/TABLE (PNG) and results/metrics/TABLE.json (table 1 for `dvc metrics`). The
    first row is the one that the others are compared with. d is in px on a canvas of 512 px.
    """
    known = read(params, ReportReads)
    names, seeds = known.tables[table], known.run.seeds
    texts, pictures = layout.tables(table), layout.figures(table)
    files = [layout.evaluation(name, seed) for name in names for seed in seeds]
    variants = read_variants(files, known.report.level)
    differs = {name: known.variants[name].note for name in names}
    write_tables(variants, differs, texts, known.report)
    numbers = headline(score_rows(variants), known.report.level)
    write_text(layout.metrics(table), json.dumps(numbers, indent=1) + "\n")
    costs = {name: [read_cost(layout.cost(name, seed)) for seed in seeds] for name in names}
    write_text(texts / "costs.csv", costs_csv(costs))
    logs = {name: [read_log(layout.training_log(name, seed)) for seed in seeds] for name in names}
    with ExitStack() as stack:
        shards = {
            name: stack.enter_context(Shard(layout.samples(name, seeds[0]))) for name in names
        }
        samples = Samples(shards)
        figures = draw_figures(variants, logs, samples, known.report.level)
        for name, png in figures.items():
            write_bytes(pictures / f"{name}.png", png)
        rows = page_rows(known, table, costs, variants)
        words = note(variants, f"{known.report.level:g}")
        first = variants[names[0]][0]
        parts = PageParts(
            title=f"FacePencil: {table}",
            rows=rows,
            scores=score_rows(variants),
            better={name: (one.better, one.meaning) for name, one in first.metrics.items()},
            level=f"{known.report.level:g}",
            logs=logs,
            samples=samples,
            figures=figures,
            note=words,
        )
        write_text(texts / "page.html", page_html(parts))
    return f"{len(TABLES)} tables, {len(FIGURES)} figures and a page: see {texts} and {pictures}"


if __name__ == "__main__":
    launch(main)
