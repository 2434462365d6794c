"""Stage `report`: a table's texts, figures and page, out of evaluations, samples and logs."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from facepencil.config.reading import read
from facepencil.config.report import ReportParams
from facepencil.config.section import ConfigError
from facepencil.evaluation.record import LPIPS, Evaluation, read_evaluation, read_reference_rows
from facepencil.images import encode_png
from facepencil.reporting.bars import differences
from facepencil.reporting.costs import costs_csv
from facepencil.reporting.curves import Log, losses, robustness, validation
from facepencil.reporting.notes import note, spread
from facepencil.reporting.page import PageParts, PageRow, page_html
from facepencil.reporting.results import Variants, group_seeds
from facepencil.reporting.rows import headline, paired_rows, reference_rows, score_rows
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
from pipeline.graph import FIGURES, TABLES, find_job
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


def better_ways(variants: Variants) -> dict[str, str]:
    """`low` or `high`, by metric."""
    first = next(iter(variants.values()))[0]
    return {name: measure.better for name, measure in first.metrics.items()}


def write_tables(
    variants: Variants,
    references: Sequence[Evaluation],
    differs: Mapping[str, str],
    folder: Path,
    params: ReportParams,
) -> str:
    """Write table1, robustness and paired, each as CSV, Markdown and LaTeX.

    Args:
        variants: evaluations of every seed, by variant; the first is compared with.
        references: those of who is no model, shown below and not compared.
        differs: what a variant differs in, by its name.
        folder: where the tables go.
        params: level of table 1, digits of the wide tables.

    Returns:
        Table 1 in Markdown.
    """
    rows = score_rows(variants) + reference_rows(references)
    pairs = paired_rows(variants)
    words = note(variants, f"{params.level:g}")
    level = [row for row in rows if row.level_px == params.level]
    table1 = lettered(level, better_ways(variants), params.digits)
    if any(differs.values()):
        table1.insert(1, "differs in", [differs.get(n, "no model") for n in table1["variant"]])
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
        "robustness": robustness(score_rows(variants), better_ways(variants), spread(variants)),
        "synthetic": encode_png(synthetic_sheet(samples, names)),
        "validation": validation(logs),
        "widths": encode_png(width_sheet(samples, names)),
        "worst": encode_png(worst_sheet(samples, names)),
    }


@dataclass(frozen=True)
class Findings:
    """All that a table is made of, but for the painted faces.

    Attributes:
        variants: evaluations of every seed, by variant.
        references: of those who are no models.
        logs: of every training, by variant.
        costs: of every training, by variant.
    """

    variants: Variants
    references: Sequence[Evaluation]
    logs: Mapping[str, Sequence[Log]]
    costs: Mapping[str, Sequence[Cost]]


def read_findings(known: ReportReads, table: str, references: Path) -> Findings:
    """Read what was found of the rows of a table.

    Raises:
        ValueError: a file is not what it should be, or evaluations cannot be compared.
    """
    names, seeds = known.tables[table], known.run.seeds
    files = [layout.evaluation(name, seed) for name in names for seed in seeds]
    return Findings(
        read_variants(files, known.report.level),
        read_reference_rows(references),
        {name: [read_log(layout.training_log(name, seed)) for seed in seeds] for name in names},
        {name: [read_cost(layout.cost(name, seed)) for seed in seeds] for name in names},
    )


def page_rows(known: ReportReads, table: str, found: Findings) -> list[PageRow]:
    """What the page tells of each row of a table beside its scores."""
    return [
        PageRow(
            name=name,
            note=known.variants[name].note,
            overrides=known.variants[name].model_dump(exclude={"note"}, exclude_defaults=True),
            costs=found.costs[name],
            models=[str(one.conditions.model_sha256) for one in found.variants[name]],
        )
        for name in known.tables[table]
    ]


def make_page(
    known: ReportReads, table: str, found: Findings, samples: Samples, figures: Mapping[str, bytes]
) -> str:
    """The table as an HTML page."""
    first = next(iter(found.variants.values()))[0]
    level = f"{known.report.level:g}"
    parts = PageParts(
        title=f"FacePencil: {table}",
        rows=page_rows(known, table, found),
        scores=[*score_rows(found.variants), *reference_rows(found.references)],
        references=[one.variant for one in found.references],
        better={name: (one.better, one.meaning) for name, one in first.metrics.items()},
        level=level,
        logs=found.logs,
        samples=samples,
        figures=figures,
        note=note(found.variants, level),
    )
    return page_html(parts)


def main(
    table: Annotated[str, typer.Option(help="name out of `tables` of the params file")],
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Make the texts, the figures and the page of a table of the params file.

    Reads results/evaluations, results/samples, results/reference, and of every model the training
    log and the cost; writes results/tables/TABLE (CSV, Markdown, LaTeX, costs.csv, page.html),
    results/figures/TABLE (PNG) and results/metrics/TABLE.json (table 1 for `dvc metrics`). The
    first row is the one that the others are compared with. d is in px on a canvas of 512 px.
    """
    known = read(params, ReportReads)
    names, level = known.tables[table], known.report.level
    texts, pictures = layout.tables(table), layout.figures(table)
    found = read_findings(known, table, find_job(params, "report", table=table).inputs[-1])
    differs = {name: known.variants[name].note for name in names}
    write_tables(found.variants, found.references, differs, texts, known.report)
    numbers = headline(score_rows(found.variants), level)
    write_text(layout.metrics(table), json.dumps(numbers, indent=1) + "\n")
    write_text(texts / "costs.csv", costs_csv(found.costs))
    first_seed = known.run.seeds[0]
    with ExitStack() as stack:
        shards = [stack.enter_context(Shard(layout.samples(name, first_seed))) for name in names]
        samples = Samples(dict(zip(names, shards, strict=True)))
        figures = draw_figures(found.variants, found.logs, samples, level)
        for name, png in figures.items():
            write_bytes(pictures / f"{name}.png", png)
        write_text(texts / "page.html", make_page(known, table, found, samples, figures))
    return f"{len(TABLES)} tables, {len(FIGURES)} figures and a page: see {texts} and {pictures}"


if __name__ == "__main__":
    launch(main)
