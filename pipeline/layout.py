"""Where files lie, relative to the repository: the one place that knows the folders.

`drawing` names a way of drawing that differs from that of params.yaml, as in
`data/sketches/method-hed/0.zip`; an empty one is that of params.yaml itself.
"""

import re
from collections.abc import Mapping
from pathlib import Path

PARAMS = Path("params.yaml")
STATE = Path("state")
DOWNLOADS = STATE / "downloads"
TRACKING = STATE / "tracking"
TRAININGS = STATE / "trainings"
PHOTOS = STATE / "photos"
"""Photos at sizes of models, or twice as large; each file is shared by all jobs that read it."""
OUTPUTS = ("data", "models", "results")
"""Folders of all that stages declare as outputs."""
KNOWN_HASHES = Path("assets.lock")
_SHOWS_COST = re.compile(
    r"models/[^/]+/\d+\.(cost|safetensors\.made)\.json"
    r"|results/tables/[^/]+/(costs\.csv|page\.html|paired\.csv\.made\.json)"
    r"|results/figures/[^/]+/minutes\.png"
)
FIGURE_FOLDER = Path("results/figures")


def provenance(output: Path) -> Path:
    """What the outputs of a job were made from, beside the first of them."""
    return output.with_name(f"{output.name}.made.json")


def log(stage: str, options: Mapping[str, object]) -> Path:
    """What a job with these options printed."""
    own = [str(value) for name, value in options.items() if name != "drawing"]
    return Path("logs", stage, str(options.get("drawing", "")), f"{'-'.join(own) or stage}.log")


def weights(file: str) -> Path:
    """A file of pre-trained weights, by the registry's name for it, such as `hed.h5`."""
    return Path("data/weights") / file


def photo_list(shard: int) -> Path:
    """Which photos belong to a shard."""
    return Path(f"data/lists/{shard}.json")


def raw(shard: int) -> Path:
    """Photos as they came."""
    return Path(f"data/raw/{shard}.zip")


def faces(shard: int) -> Path:
    """Aligned square crops."""
    return Path(f"data/faces/{shard}.zip")


def palettes(shard: int) -> Path:
    """Colours of hair, skin and ground of the faces of a shard."""
    return Path(f"data/palettes/{shard}.json")


def sketches(shard: int, drawing: str = "") -> Path:
    """Edge-aligned one-pixel sketches."""
    return Path("data/sketches", drawing, f"{shard}.zip")


def strokes(shard: int, drawing: str = "") -> Path:
    """Vectorised strokes."""
    return Path("data/strokes", drawing, f"{shard}.npz")


def deformed(shard: int, drawing: str = "") -> Path:
    """Test sketches at every level of deformation."""
    return Path("data/deformed", drawing, f"{shard}.zip")


def train_set(drawing: str = "") -> Path:
    """Faces to train and validate on, and the files that hold them."""
    return Path("data/sets", drawing, "train.json")


def test_set(drawing: str = "") -> Path:
    """Faces to test on, and the files that hold them."""
    return Path("data/sets", drawing, "test.json")


def drawing_of(listed: Path) -> str:
    """The drawing of a list of `train_set` or `test_set`."""
    return "" if listed.parent.name == "sets" else listed.parent.name


def sketch_sheet(drawing: str = "") -> Path:
    """Photos beside their sketches."""
    return FIGURE_FOLDER / "previews" / drawing / "sketches.png"


def deform_sheet(drawing: str = "") -> Path:
    """One sketch at rising deformation."""
    return FIGURE_FOLDER / "previews" / drawing / "deformed.png"


def classifier(drawing: str = "") -> Path:
    """Weights of the aligned/deformed classifier C."""
    return Path("models", drawing, "classifier.safetensors")


def finder() -> Path:
    """Weights of the network that finds the parts of drawings, and their mean layout."""
    return Path("models/finder.safetensors")


def exemplars() -> Path:
    """Strokes of training faces towards which drawings are refined."""
    return Path("models/exemplars.npz")


def model(variant: str, seed: int) -> Path:
    """Weights of a trained generator."""
    return Path(f"models/{variant}/{seed}.safetensors")


def training_log(variant: str, seed: int) -> Path:
    """Losses by photos seen, one JSON object a line."""
    return Path(f"models/{variant}/{seed}.jsonl")


def reference(size: int, drawing: str = "") -> Path:
    """Features of the real test photos at the painters' size."""
    return Path("data/reference", drawing, f"{size}.safetensors")


def reference_rows(size: int, drawing: str = "") -> Path:
    """Scores of those who are no models, to compare models with."""
    return Path("results/reference", drawing, f"{size}.json")


def photo_groups(size: int, drawing: str = "") -> Path:
    """Which test photos are alike in skin and in pose, to score models on each group."""
    return Path("results/groups", drawing, f"{size}.json")


def evaluation(variant: str, seed: int) -> Path:
    """Scores of one model."""
    return Path(f"results/evaluations/{variant}/{seed}.json")


def samples(variant: str, seed: int) -> Path:
    """Painted test faces of one model."""
    return Path(f"results/samples/{variant}/{seed}.zip")


def cost(variant: str, seed: int) -> Path:
    """What a training took on the machine that ran it."""
    return Path(f"models/{variant}/{seed}.cost.json")


def drawings() -> Path:
    """Drawings as models see them, at every share of refining."""
    return Path("data/drawings.zip")


def drawn_scores(variant: str, seed: int) -> Path:
    """Scores of the faces that one model painted from drawings."""
    return Path(f"results/drawn/{variant}/{seed}.json")


def drawn_faces(variant: str, seed: int) -> Path:
    """Those faces."""
    return Path(f"results/drawn/{variant}/{seed}.zip")


def tables(table: str) -> Path:
    """Folder of a table's texts."""
    return Path("results/tables", table)


def figures(table: str) -> Path:
    """Folder of a table's figures."""
    return FIGURE_FOLDER / table


def metrics(table: str) -> Path:
    """Few numbers of a table, for `dvc metrics`."""
    return Path(f"results/metrics/{table}.json")


def varies(name: str) -> bool:
    """Whether another run may give a file other bytes: it holds or shows the cost of a training."""
    return bool(_SHOWS_COST.fullmatch(name))
