"""The jobs of a params file: what each runs, reads and writes.

`dvc.yaml` is compiled from this list, a test holds Snakemake's rules to it, and what an output was
made from is checked against it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from facepencil.assets.registry import Registry, load_registry
from facepencil.config.drawings import DrawingsParams
from facepencil.config.params import Params, load_params
from facepencil.config.section import Section
from pipeline import layout
from pipeline.reads import READS

PALETTE_WEIGHTS = ("face_mesh.tflite", "person_mask.tflite")
SKETCH_WEIGHTS = ("hed.h5", "face_mesh.tflite", "person_mask.tflite")
IDENTITY_WEIGHTS = ("face_identity.bin", "face_identity.json")
METRIC_WEIGHTS = (
    "yunet.onnx",
    *SKETCH_WEIGHTS,
    "alexnet_lpips.ckpt",
    "efficientnet_lite0.pth",
    *IDENTITY_WEIGHTS,
)
WEIGHTS = (*METRIC_WEIGHTS, "vgg16_lpips.ckpt")
TABLES = ("paired", "groups", "robustness", "table1")
MATRIX = "matrix"
"""A table and a figure, where models are tested on changed sketches too."""
FIGURES = (
    *("bars", "deformation", "losses", "minutes", "painted", "robustness", "synthetic"),
    *("validation", "widths", "worst"),
)

SPLIT_FILE = "split.csv"
"""In a folder of drawings, which of them choices are made by, and which are looked at last."""
DRAWING_KINDS = (".svg", ".png", ".jpg", ".jpeg", ".webp")
DRAWING_FIGURES = ("drawings", "refined")

_DRAWN = ("sketch", "vectorize", "deform", "classifier")
"""Stages that run once for each distinct way of drawing; each follows those before it."""

_SHOWN = 6
"""As many jobs are named where an unknown one is asked for."""


@dataclass(frozen=True)
class Job:
    """One run of a stage.

    Attributes:
        stage: module of `pipeline/`, rule and DVC stage.
        options: of its command line, by name.
        inputs: files it reads.
        outputs: files it writes; what they were made from lies beside the first.
        params: the values it reads of params.yaml, by dotted name, and of the registry.
        variant: whose overrides it reads, or None.
        folders: of a user's photos; they may be gone once they were read.
    """

    stage: str
    options: Mapping[str, str | int] = field(default_factory=dict)
    inputs: Sequence[Path] = ()
    outputs: Sequence[Path] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    variant: str | None = None
    folders: Sequence[Path] = ()

    @property
    def key(self) -> str:
        """Tells the jobs of a stage apart: `0`, `ours/0`, `hed.h5`."""
        return "/".join(str(value) for value in self.options.values())

    @property
    def name(self) -> str:
        """Stage and key, for people."""
        return f"{self.stage} {self.key}".strip()

    @property
    def command(self) -> str:
        """What both engines run."""
        options = "".join(f" --{name} {value}" for name, value in self.options.items())
        return f"python -m pipeline.{self.stage}{options}"

    @property
    def provenance(self) -> Path:
        """Where it says what the outputs were made from."""
        return layout.provenance(self.outputs[0])


class Plan:
    """A params file with its variants resolved, each once."""

    def __init__(self, params: Params) -> None:
        """Resolve every variant of `params`."""
        self.params = params
        self._values = {None: values(params)} | {
            name: values(params.of_variant(name)) for name in params.variants
        }

    def read(self, stage: str, variant: str | None = None) -> dict[str, Any]:
        """What a stage reads, by dotted name, with the overrides of a variant in place."""
        every = self._values[variant]
        return {key: every[key] for key in _keys(READS[stage])}

    @cache  # noqa: B019 - a plan lives as long as its process
    def drawing(self, variant: str | None, stage: str) -> str:
        """Folder of the way in which a stage draws for a variant; empty for that of the file."""
        stages = _DRAWN[: _DRAWN.index(stage) + 1]
        differs = {
            key: value
            for one in stages
            for key, value in self.read(one, variant).items()
            if value != self._values[None][key]
        }
        return "+".join(f"{key}-{_plain(value)}" for key, value in sorted(differs.items()))

    def size(self, variant: str) -> int:
        """Side of the faces that a variant paints, px."""
        return int(self._values[variant]["model.size"])

    def palettes(self, variant: str) -> list[Path]:
        """Files of the palettes that a variant is told of; none where it is told none."""
        told = self._values[variant]["model.palette"]
        return [layout.palettes(shard) for shard in self.params.shards] if told else []


def jobs(params: Params, tables: Collection[str] | None = None) -> list[Job]:
    """All jobs that some tables of a params file ask for, each after those it needs.

    Linear in shards, ways of drawing, variants and seeds.

    Args:
        params: the params file.
        tables: names out of `params.tables`; all of them if it is None.
    """
    plan = Plan(params)
    wanted = {
        name: rows for name, rows in params.tables.items() if tables is None or name in tables
    }
    registry = load_registry()
    found = [_weights(registry, file) for file in WEIGHTS]
    found += [_list(plan)]
    found += [job for shard in params.shards for job in _photo_jobs(plan, shard)]
    names = list(dict.fromkeys(row for rows in wanted.values() for row in rows))
    if any(plan.palettes(name) for name in names):
        found += [_palette(plan, shard) for shard in params.shards]
    drawings = drawing_files(params.drawings)
    # Drawings are placed by what the usual way of drawing teaches, even if no row draws so.
    drawers = [*([None] if drawings else []), *names]
    ways = {tuple(plan.drawing(name, stage) for stage in _DRAWN): name for name in drawers[::-1]}
    found += [job for name in drawers if name in ways.values() for job in _drawn_jobs(plan, name)]
    if any(not plan.drawing(name, "deform") for name in drawers):
        found += [_finder(plan), _exemplars(plan)]
    found += [_drawings(plan)] if drawings else []
    found += [job for name in names for job in _model_jobs(plan, name)]
    found += [job for name in names if drawings for job in _drawn(plan, name)]
    found += [_report(plan, table) for table in wanted]
    return list({(job.stage, *job.outputs): job for job in found}.values())


def drawing_files(drawings: DrawingsParams) -> list[Path]:
    """The drawings that every model paints, with the file that splits them; none without a folder.

    Linear in the files of the folder.
    """
    if not drawings.folder:
        return []
    folder = Path(drawings.folder)
    every = sorted(path for path in folder.rglob("[!.]*") if path.is_file())
    found = [path for path in every if path.suffix.lower() in DRAWING_KINDS]
    return found + [path for path in every if found and path == folder / SPLIT_FILE]


def find_job(path: Path, stage: str, **options: str | int) -> Job:
    """The job of a stage with these options, as a params file asks for it.

    Raises:
        ConfigError: the params file is unusable.
        LookupError: it asks for no such job; names those there are.
    """
    return pick_job(jobs(load_params(path)), path, stage, options)


def pick_job(
    all_jobs: Sequence[Job], path: Path, stage: str, options: Mapping[str, str | int]
) -> Job:
    """The same out of `all_jobs` of the params file `path`.

    Raises:
        LookupError: there is no such job; names those there are.
    """
    every = [job for job in all_jobs if job.stage == stage]
    wanted = {name: str(value) for name, value in options.items() if value != ""}
    for job in every:
        if {name: str(value) for name, value in job.options.items()} == wanted:
            return job
    given = " ".join(f"--{name} {value}" for name, value in wanted.items())
    known = ", ".join(job.command.partition(".")[2] for job in every[:_SHOWN])
    raise LookupError(f"{path} asks for no job {stage} {given}; it does for {known} ...")


def values(section: Section) -> dict[str, Any]:
    """Dotted names and plain values of all that a section holds."""
    flat: dict[str, Any] = {}
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, Section):
            flat |= {f"{name}.{key}": one for key, one in values(value).items()}
        else:
            flat[name] = value
    return flat


@cache
def _keys(reads: type[Section]) -> tuple[str, ...]:
    found: list[str] = []
    for name, one in reads.model_fields.items():
        kind = one.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            found += [f"{name}.{key}" for key in _keys(kind)]
        else:
            found.append(name)
    return tuple(found)


def _plain(value: object) -> str:
    text = "x".join(map(str, value)) if isinstance(value, list) else str(value)
    return text.replace("/", "_").replace(" ", "").lower()


def _shared_job(
    plan: Plan,
    variant: str | None,
    stage: str,
    drawing: str,
    inputs: Sequence[Path],
    outputs: Sequence[Path],
    **options: str | int,
) -> Job:
    """A job that all variants of one way of drawing share."""
    own = variant if drawing else None
    return Job(
        stage,
        {**options, **_shared(drawing)},
        tuple(inputs),
        tuple(outputs),
        plan.read(stage, variant),
        own,
    )


def _shared(drawing: str) -> dict[str, str | int]:
    return {"drawing": drawing} if drawing else {}


def _weights(registry: Registry, file: str) -> Job:
    _, asset = registry.weights(file)
    entry = {"source": asset.file.sha256, "member": asset.members[file]}
    return Job("weights", {"file": file}, (), (layout.weights(file),), entry)


def _list(plan: Plan) -> Job:
    source, folder = plan.params.download.source, Path(plan.params.download.folder)
    folders = (folder,) if source == "folder" else ()
    outputs = tuple(layout.photo_list(shard) for shard in plan.params.shards)
    return Job("list", {}, (), outputs, plan.read("list"), folders=folders)


def _photo_jobs(plan: Plan, shard: int) -> list[Job]:
    options = {"shard": shard}
    raw, faces = layout.raw(shard), layout.faces(shard)
    yunet = layout.weights("yunet.onnx")
    read = plan.read("download"), plan.read("crop")
    return [
        Job("download", options, (layout.photo_list(shard),), (raw,), read[0]),
        Job("crop", options, (raw, yunet), (faces,), read[1]),
    ]


def _palette(plan: Plan, shard: int) -> Job:
    networks = [layout.weights(file) for file in PALETTE_WEIGHTS]
    inputs = (layout.faces(shard), *networks)
    return Job("palette", {"shard": shard}, inputs, (layout.palettes(shard),), plan.read("palette"))


def _drawn_jobs(plan: Plan, variant: str | None) -> list[Job]:
    """Jobs that all variants of one way of drawing share."""
    found = [job for shard in plan.params.shards for job in _stroke_jobs(plan, variant, shard)]
    drawing = plan.drawing(variant, "deform")
    usual = plan.drawing(variant, "vectorize")
    shards = plan.params.shards
    files = [
        *(layout.faces(shard) for shard in shards),
        *(layout.strokes(shard, usual) for shard in shards),
        *(layout.deformed(shard, drawing) for shard in shards),
    ]
    outputs = (layout.train_set(drawing), layout.test_set(drawing))
    found.append(_shared_job(plan, variant, "dataset", drawing, files, outputs))
    seen = (
        layout.faces(shards[0]),
        layout.sketches(shards[0], plan.drawing(variant, "sketch")),
        layout.strokes(shards[0], usual),
    )
    sheets = (layout.sketch_sheet(drawing), layout.deform_sheet(drawing))
    found.append(_shared_job(plan, variant, "preview", drawing, seen, sheets))
    return [*found, _classifier(plan, variant, drawing)]


def _stroke_jobs(plan: Plan, variant: str | None, shard: int) -> list[Job]:
    names = {stage: plan.drawing(variant, stage) for stage in _DRAWN}
    faces = layout.faces(shard)
    sketches = layout.sketches(shard, names["sketch"])
    strokes = layout.strokes(shard, names["vectorize"])
    networks = [layout.weights(file) for file in SKETCH_WEIGHTS]
    files = {
        "sketch": ((faces, *networks), sketches),
        "vectorize": ((sketches,), strokes),
        "deform": ((strokes, faces), layout.deformed(shard, names["deform"])),
    }
    return [
        _shared_job(plan, variant, stage, names[stage], inputs, (output,), shard=shard)
        for stage, (inputs, output) in files.items()
    ]


def _classifier(plan: Plan, variant: str | None, drawing: str) -> Job:
    name = plan.drawing(variant, "classifier")
    inputs, outputs = (layout.train_set(drawing),), (layout.classifier(name),)
    return _shared_job(plan, variant, "classifier", name, inputs, outputs)


def _finder(plan: Plan) -> Job:
    """One, of the way in which params.yaml draws: what it places, no model is trained on."""
    inputs, outputs = (layout.train_set(),), (layout.finder(),)
    return Job("finder", {}, inputs, outputs, plan.read("finder"))


def _exemplars(plan: Plan) -> Job:
    """One file, of the way in which params.yaml draws: no model is trained on it."""
    inputs, outputs = (layout.train_set(),), (layout.exemplars(),)
    return Job("exemplars", {}, inputs, outputs, plan.read("exemplars"))


def _drawings(plan: Plan) -> Job:
    files = drawing_files(plan.params.drawings)
    inputs, outputs = (layout.finder(), layout.exemplars(), *files), (layout.drawings(),)
    return Job("drawings", {}, inputs, outputs, plan.read("drawings"))


def _drawn(plan: Plan, variant: str) -> list[Job]:
    """What each model of a variant paints from the drawings."""
    real = layout.reference(plan.size(variant), plan.drawing(variant, "deform"))
    networks = [layout.weights(file) for file in METRIC_WEIGHTS]
    return [
        Job(
            "drawn",
            {"variant": variant, "seed": seed},
            (layout.model(variant, seed), layout.drawings(), real, *networks),
            (layout.drawn_scores(variant, seed), layout.drawn_faces(variant, seed)),
            plan.read("drawn", variant),
            variant,
        )
        for seed in plan.params.run.seeds
    ]


def _model_jobs(plan: Plan, variant: str) -> list[Job]:
    drawing = plan.drawing(variant, "deform")
    size = plan.size(variant)
    real, tests = layout.reference(size, drawing), layout.test_set(drawing)
    networks = [layout.weights(file) for file in METRIC_WEIGHTS]
    found = [
        Job(
            "reference",
            {"size": size, **_shared(drawing)},
            (tests, layout.train_set(drawing), *networks),
            (real, layout.reference_rows(size, drawing), layout.photo_groups(size, drawing)),
            plan.read("reference", variant),
            variant,
        )
    ]
    for seed in plan.params.run.seeds:
        found += [_train(plan, variant, seed, drawing)]
        found += [_evaluate(plan, variant, seed, (tests, real))]
    return found


def _train(plan: Plan, variant: str, seed: int, drawing: str) -> Job:
    classifier = layout.classifier(plan.drawing(variant, "classifier"))
    networks = [layout.weights(file) for file in ("vgg16_lpips.ckpt", "alexnet_lpips.ckpt")]
    return Job(
        "train",
        {"variant": variant, "seed": seed},
        (layout.train_set(drawing), classifier, *networks, *plan.palettes(variant)),
        (
            layout.model(variant, seed),
            layout.training_log(variant, seed),
            layout.cost(variant, seed),
        ),
        plan.read("train", variant),
        variant,
    )


def _evaluate(plan: Plan, variant: str, seed: int, tests: Sequence[Path]) -> Job:
    networks = [layout.weights(file) for file in METRIC_WEIGHTS]
    return Job(
        "evaluate",
        {"variant": variant, "seed": seed},
        (layout.model(variant, seed), *tests, *networks, *plan.palettes(variant)),
        (layout.evaluation(variant, seed), layout.samples(variant, seed)),
        plan.read("evaluate", variant),
        variant,
    )


def references_of(plan: Plan, table: str) -> tuple[Path, Path]:
    """Scores of those who are no models, and the groups of the test photos.

    For the size and the sketches of a table's first row.
    """
    first = plan.params.tables[table][0]
    known = plan.size(first), plan.drawing(first, "deform")
    return layout.reference_rows(*known), layout.photo_groups(*known)


def matrix_of(params: Params) -> tuple[str, ...]:
    """`MATRIX`, or nothing where a table has no row tested on sketches changed as people draw.

    One answer for all tables, since a rule of Snakemake has the same outputs for each.
    """
    tested = {name for name in params.variants if params.of_variant(name).deform.kinds}
    return (MATRIX,) if all(tested & set(rows) for rows in params.tables.values()) else ()


def drawings_of(params: Params) -> tuple[str, ...]:
    """The table of drawings, where there are any."""
    return ("drawings",) if drawing_files(params.drawings) else ()


def drawing_figures_of(params: Params) -> tuple[str, ...]:
    """Their figures."""
    return DRAWING_FIGURES if drawing_files(params.drawings) else ()


def _report(plan: Plan, table: str) -> Job:
    rows = plan.params.tables[table]
    pairs = [(name, seed) for name in rows for seed in plan.params.run.seeds]
    files = (layout.evaluation, layout.samples, layout.training_log, layout.cost)
    inputs = [place(*pair) for place in files for pair in pairs]
    inputs += references_of(plan, table)
    if drawing_files(plan.params.drawings):
        inputs += [layout.drawings()]
        inputs += [
            place(*pair) for place in (layout.drawn_scores, layout.drawn_faces) for pair in pairs
        ]
    drawn = drawing_figures_of(plan.params)
    more_of = matrix_of(plan.params)
    kinds = [
        f"{name}.{kind}"
        for name in (*TABLES, *more_of, *drawings_of(plan.params))
        for kind in ("csv", "md", "tex")
    ]
    texts = [layout.tables(table) / name for name in kinds]
    figures = [layout.figures(table) / f"{name}.png" for name in (*FIGURES, *more_of, *drawn)]
    more = [layout.tables(table) / name for name in ("costs.csv", "page.html")]
    outputs = [*texts, *more, *figures, layout.metrics(table)]
    others = {
        key: value
        for key, value in plan.read("report").items()
        if key not in ("tables", "variants")
    }
    own = {f"variants.{name}": plan.params.variants[name].model_dump() for name in rows}
    return Job(
        "report", {"table": table}, inputs, outputs, {**others, f"tables.{table}": rows, **own}
    )
