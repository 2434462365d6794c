"""What a stage's code means, as one digest: law 2 of the design.

The digest covers the syntax trees of all that the stage's module imports from this repository,
without docstrings, comments and layout, the locked versions of the packages that these modules
use, directly or through one another, and Python's minor version, on which syntax trees depend.
"""

import ast
import hashlib
import re
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).parents[1]
ROOTS = {"facepencil": Path("src"), "pipeline": Path()}
LOCK = Path("requirements.lock")

NOT_COUNTED = {
    "facepencil.config": "holds and checks values; the values a stage reads are counted instead",
    "facepencil.gpus": "finds a free GPU; one of another kind is another training",
    "facepencil.progress": "shows how far a job came",
    "facepencil.tracking": "tells MLflow of a run",
    "facepencil.training.monitor": "shows how far a training came",
    "facepencil.training.sampler": "paints the sheets shown while training",
    "facepencil.training.watcher": "tells and shows what happens while training",
    "pipeline.code": "computes this digest",
    "pipeline.graph": "lists the jobs; what a job reads and writes is counted instead",
    "pipeline.holder": "keeps two engines from working at once",
    "pipeline.launch": "starts a stage, logs and reports",
    "pipeline.layout": "names files; a stage's inputs are counted by name and content",
    "pipeline.provenance": "records what an output was made from",
    "pipeline.reads": "lists the params of each stage; their values are counted instead",
    "pipeline.watch": "connects a training to those who watch it",
}
"""Modules (with all below them) that change no result, each with the reason why."""

NAMED_OTHERWISE = {
    "cv2": "opencv-python-headless",
    "PIL": "pillow",
    "skimage": "scikit-image",
    "yaml": "pyyaml",
}
"""Distributions by import name, where they differ; to ask all that are installed takes longer."""

PACKAGES_NOT_COUNTED = {"filelock", "mlflow", "psutil", "pydantic", "pyyaml", "tqdm", "typer"}
"""Packages that counted modules import for checks and messages alone."""


def closure(stage: str, root: Path = HERE) -> list[Path]:
    """Source files of `pipeline/<stage>.py` and all it imports from here, sorted, under `root`.

    Modules of `NOT_COUNTED` are left out, and what only they import. Linear in the lines read;
    found from syntax trees, so nothing is executed.

    Raises:
        FileNotFoundError: there is no such stage.
    """
    found: dict[str, Path] = {}
    waiting = [f"pipeline.{stage}"]
    while waiting:
        name = waiting.pop()
        path = _source(name, root)
        if path is None or name in found or not _counts(name):
            continue
        found[name] = path
        waiting += _imported(path)
        waiting += [name.rpartition(".")[0]] if "." in name else []
    if not found:
        raise FileNotFoundError(f"{root}: no stage {stage} in pipeline/")
    return sorted(found.values())


def packages(files: list[Path]) -> set[str]:
    """Distributions whose versions count for these source files, directly or through another."""
    tops = {name.split(".")[0] for path in files for name in _imported(path)}
    tops -= ROOTS.keys() | sys.stdlib_module_names
    waiting: list[str] = [canonicalize_name(NAMED_OTHERWISE.get(top, top)) for top in tops]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found and name not in PACKAGES_NOT_COUNTED:
            found.add(name)
            waiting += _requirements(name)
    return found


def code_digest(stage: str, root: Path = HERE) -> str:
    """The digest (16 hexadecimal digits) of a stage's code under `root`, computed afresh."""
    files = closure(stage, root)
    parts = [f"python {sys.version_info.major}.{sys.version_info.minor}"]
    parts += [f"{path.relative_to(root).as_posix()} {_meaning(path)}" for path in files]
    locked = _locked(root / LOCK)
    for name in sorted(packages(files)):
        if name in locked:
            parts.append(f"{name} {locked[name]}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _counts(name: str) -> bool:
    parents = name.split(".")
    return not any(".".join(parents[:depth]) in NOT_COUNTED for depth in range(1, len(parents) + 1))


def _meaning(path: Path) -> str:
    """Digest of a file's syntax tree without docstrings."""
    return _read(path)[0]


def _imported(path: Path) -> list[str]:
    """Names of all modules, and of all that may be modules, that a file imports."""
    return _read(path)[1]


def _read(path: Path) -> tuple[str, list[str]]:
    stat = path.stat()
    return _parsed(path, stat.st_mtime_ns, stat.st_size)


@cache
def _parsed(path: Path, _changed: int, _size: int) -> tuple[str, list[str]]:
    tree = ast.parse(path.read_bytes())
    names: list[str] = []
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            # A docstring is a lone text; so are those below a constant.
            node.body = [one for one in body if not _is_text(one)]  # type: ignore[attr-defined]
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), names


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _source(name: str, root: Path) -> Path | None:
    top = name.split(".")[0]
    if top not in ROOTS:
        return None
    base = ROOTS[top] / Path(*name.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if (root / path).is_file():
            return root / path
    return None


@cache
def _requirements(name: str) -> tuple[str, ...]:
    """Distributions that an installed one requires here, optional extras left out."""
    try:
        lines = [Requirement(line) for line in requires(name) or []]
    except PackageNotFoundError:  # required by a marker that holds, yet not needed so far
        return ()
    return tuple(
        canonicalize_name(line.name)
        for line in lines
        if line.marker is None or line.marker.evaluate({"extra": ""})
    )


def _locked(path: Path) -> dict[str, str]:
    """Versions by distribution; of several for different Pythons, the one that fits this one."""
    return {
        canonicalize_name(name): version
        for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", path.read_text(), re.M)
    }
