"""Keeps a finished table in the repository: `python -m workflow.keep TABLE [--name NAME]`.

Writes docs/results/NAME: the params, the scores behind the table, its texts, its page and figures
without photos, its MLflow runs, and what it was made with. `workflow.verify` makes the table anew.
"""

import argparse
import csv
import hashlib
import io
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2

from facepencil.config.params import Params, load_params
from facepencil.evaluation.record import Evaluation
from facepencil.images import decode_png
from facepencil.store import write_bytes, write_text
from facepencil.tracking.export import export_runs
from pipeline import layout
from pipeline.graph import Job, find_job, jobs
from pipeline.report import picture
from workflow.currency import why_unfinished
from workflow.kept import MADE_WITH, RESULTS, SCORES, Kept, MadeWith, read_kept
from workflow.trees import git

_SCORES_OF = (".json", ".jsonl")
_NOT_CODE = ("params.yaml", "dvc.yaml", "dvc.lock", str(RESULTS))
_EPOCH = (1980, 1, 1, 0, 0, 0)


def keep(table: str, name: str) -> str:
    """Do as above; returns what was kept, in a line.

    Raises:
        SystemExit: the table is not finished, or not what params, code and inputs ask for.
    """
    params = load_params(layout.PARAMS)
    if table not in params.tables:
        raise SystemExit(f"keep: no table {table!r}; those there are: {', '.join(params.tables)}")
    if why := why_unfinished(params, table):
        raise SystemExit(f"keep: {why}; finish the table first")
    folder, part = RESULTS / name, RESULTS / f".{name}.part"
    shutil.rmtree(part, ignore_errors=True)
    said = _write(table, params, part)
    if folder.exists():
        shutil.rmtree(folder)
    part.rename(folder)
    return f"keep: {said} in {folder}"


def _write(table: str, params: Params, folder: Path) -> str:
    """Write all that is kept; returns how much it is, in words."""
    report = find_job(layout.PARAMS, "report", table=table)
    scores = [path for path in report.inputs if path.suffix in _SCORES_OF]
    write_bytes(folder / SCORES, _zipped(scores))
    kept = read_kept(Path(), table)
    _copy_texts(report, folder)
    _write_pictures(kept, folder)
    models = {str(one.conditions.model_sha256) for one in kept.evaluations}
    runs = export_runs(models, folder / "runs.db")
    write_text(folder / layout.PARAMS.name, layout.PARAMS.read_text())
    made = made_with(table, kept.evaluations, params)
    write_text(folder / MADE_WITH, made.text())
    return f"{len(models)} models and {runs} runs of MLflow"


def _zipped(paths: Iterable[Path]) -> bytes:
    """Equal files, equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(set(paths)):
            member = zipfile.ZipInfo(str(path), _EPOCH)
            archive.writestr(member, path.read_bytes(), zipfile.ZIP_LZMA)
    return buffer.getvalue()


def _copy_texts(report: Job, folder: Path) -> None:
    for path in report.outputs:
        if path.suffix in (".csv", ".md", ".tex"):
            write_bytes(folder / path.name, path.read_bytes())


def _write_pictures(kept: Kept, folder: Path) -> None:
    """The figures that show no photo, and the page without photos."""
    parts = kept.table, kept.rows, kept.found, kept.logs, kept.params.run.seeds[0], kept.level
    figures, page = picture(*parts, drawn=bool(kept.drawn), with_photos=False)
    write_text(folder / "page.html", page)
    for name, png in figures.items():
        write_bytes(folder / f"{name}.webp", _to_webp(png))


def _to_webp(png: bytes) -> bytes:
    """A tenth of the bytes, for a repository that every clone takes whole."""
    quality = [cv2.IMWRITE_WEBP_QUALITY, 90]
    return cv2.imencode(".webp", decode_png(png)[..., ::-1], quality)[1].tobytes()


def made_with(table: str, evaluations: Sequence[Evaluation], params: Params) -> MadeWith:
    """Commit, lock, processors, precision, photos and CPU hours of a table."""
    conditions = [one.conditions for one in evaluations]
    others = [f":!{path}" for path in _NOT_CODE]
    return MadeWith(
        table=table,
        commit=git("rev-parse", "HEAD").strip(),
        code_changed=bool(git("status", "--porcelain", "--", ".", *others).strip()),
        requirements_lock=hashlib.sha256(Path("requirements.lock").read_bytes()).hexdigest(),
        processors=sorted({one.processor for one in conditions}),
        versions=conditions[0].versions,
        precision={"train": params.train.precision, "evaluate": params.evaluate.precision},
        threads={"train": params.train.threads, "evaluate": params.evaluate.threads},
        photos_digest=conditions[0].photos_digest,
        test_photos=len(evaluations[0].ids),
        cpu_hours=cpu_hours(jobs(params, [table])),
    )


def cpu_hours(every: Iterable[Job]) -> dict[str, float]:
    """Of each stage, all its jobs together, as Snakemake measured them; without those by DVC."""
    hours: dict[str, float] = {}
    for job in every:
        path = Path("logs/costs", job.stage, f"{job.key.replace('/', '-') or job.stage}.tsv")
        if path.is_file():
            with path.open(newline="") as file:
                spent = sum(float(row["cpu_time"]) for row in csv.DictReader(file, delimiter="\t"))
            hours[job.stage] = round(hours.get(job.stage, 0) + spent / 3600, 3)
    return hours


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", help="name out of `tables` of params.yaml")
    parser.add_argument("--name", help="folder below docs/results; default: that of the table")
    given = parser.parse_args()
    print(keep(given.table, given.name or given.table))
