"""Where files lie, relative to the repository: the one place that knows the folders."""

from pathlib import Path

PARAMS = Path("params.yaml")
STATE = Path("state")
DOWNLOADS = STATE / "downloads"
KNOWN_HASHES = Path("assets.lock")
TABLES = Path("results/tables")
FIGURES = Path("results/figures")


def weights(file: str) -> Path:
    """A file of pre-trained weights, by the registry's name for it, such as `hed.h5`."""
    return Path("data/weights") / file


def photo_list(shard: int) -> Path:
    """Which photos a shard has."""
    return Path(f"data/lists/{shard}.json")


def raw(shard: int) -> Path:
    """Photos as they came."""
    return Path(f"data/raw/{shard}.zip")


def faces(shard: int) -> Path:
    """Aligned square crops."""
    return Path(f"data/faces/{shard}.zip")


def sketches(shard: int) -> Path:
    """Edge-aligned one-pixel sketches."""
    return Path(f"data/sketches/{shard}.zip")


def strokes(shard: int) -> Path:
    """Vectorised strokes."""
    return Path(f"data/strokes/{shard}.npz")


def deformed(shard: int) -> Path:
    """Test sketches at every level of deformation."""
    return Path(f"data/deformed/{shard}.zip")


def sketch_sheet(shard: int) -> Path:
    """Photo / soft map / sketch of a few photos of the shard."""
    return FIGURES / f"sketches/{shard}.png"


def deform_sheet(shard: int) -> Path:
    """One sketch at rising deformation."""
    return FIGURES / f"deformed/{shard}.png"


def classifier() -> Path:
    """Weights of the aligned/deformed classifier C."""
    return Path("models/classifier.safetensors")


def model(variant: str, seed: int) -> Path:
    """Weights of a trained generator."""
    return Path(f"models/{variant}/{seed}.safetensors")


def training_log(variant: str, seed: int) -> Path:
    """Losses by photos seen, one JSON object a line."""
    return Path(f"models/{variant}/{seed}.jsonl")


def evaluation(variant: str, seed: int) -> Path:
    """Scores of one model."""
    return Path(f"results/evaluations/{variant}/{seed}.json")


def samples(variant: str, seed: int) -> Path:
    """Painted test faces of one model."""
    return Path(f"results/samples/{variant}/{seed}.zip")
