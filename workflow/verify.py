"""Makes the kept tables anew and compares: `python -m workflow.verify [--row NAME/VARIANT/SEED]`.

Every text of every table below docs/results is made again of the scores beside it, and must be
the same bytes. One row, drawn by chance unless it is named, is trained and scored again from
nothing with the code and the params that made it: on the same kind of processor, or where
everything was portable, the scores must be the same, else lie in their intervals.
"""

import argparse
import secrets
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from facepencil.evaluation.record import Evaluation, read_evaluation
from facepencil.training.cost import read_cost
from pipeline import layout
from workflow.kept import RESULTS, SCORES, read_kept, read_made_with, write_texts
from workflow.trees import lay_out, run_tree

_TEXTS = (".csv", ".md", ".tex")
_NO_ROW = "none"


def verify_texts(folder: Path) -> int:
    """Make the texts of a kept table anew; returns how many agree.

    Raises:
        SystemExit: one differs, is missing or is too many; names it.
    """
    with tempfile.TemporaryDirectory() as scratch:
        root, made = Path(scratch, "root"), Path(scratch, "made")
        unpack(folder, root)
        write_texts(read_kept(root, read_made_with(folder).table), made)
        found, wanted = ({p.name: p.read_bytes() for p in _texts(at)} for at in (made, folder))
    for name in sorted({*found, *wanted}):
        if found.get(name) != wanted.get(name):
            raise SystemExit(f"verify: {folder / name} is not what its scores say")
    return len(found)


def _texts(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.suffix in _TEXTS)


def unpack(folder: Path, root: Path) -> None:
    """Lay the scores of a kept table out as in the project."""
    with zipfile.ZipFile(folder / SCORES) as archive:
        archive.extractall(root)
    shutil.copy(folder / layout.PARAMS.name, root / layout.PARAMS)


def verify_row(folder: Path, variant: str, seed: int) -> str:
    """Train and score a row of a kept table again; returns what came out, in a line.

    Raises:
        SystemExit: a score differs; names it.
    """
    with tempfile.TemporaryDirectory() as scratch:
        root, tree = Path(scratch, "root"), Path(scratch, "tree")
        unpack(folder, root)
        lay_out(read_made_with(folder).commit, tree)
        place = layout.evaluation(variant, seed)
        run_tree(tree, root / layout.PARAMS, [str(place)])
        kept, found = read_evaluation(root / place), read_evaluation(tree / place)
        equal = _made_where(root, kept) == _made_where(tree, found)
    apart = list(differences(kept, found, equal))
    name = f"{folder.name}/{variant}/{seed}"
    if apart:
        raise SystemExit(f"verify: {name}: {len(apart)} scores differ: {'; '.join(apart[:3])}")
    how = "the same" if equal else "in its interval"
    return f"verify: {name} from nothing: every score is {how}"


def _made_where(root: Path, one: Evaluation) -> tuple[object, ...]:
    """Where it was trained and scored: if this is equal, equal code gives equal bytes."""
    assert one.seed is not None
    trained = read_cost(root / layout.cost(one.variant, one.seed)).processor
    return trained, one.conditions.processor, one.conditions.versions


def differences(kept: Evaluation, found: Evaluation, equal: bool) -> Iterator[str]:
    """Scores that are not what they must be, in words: `equal`, or else in their intervals."""
    for level, scores in kept.levels.items():
        for metric, one in scores.items():
            other = found.levels[level][metric].value
            if other != one.value if equal else not one.low <= other <= one.high:
                yield f"{metric} at d = {level} is {other:.4f}, was {one.value:.4f}"


def _chosen(row: str | None, folders: Sequence[Path]) -> tuple[Path, str, int]:
    if row:
        name, variant, seed = row.split("/")
        return RESULTS / name, variant, int(seed)
    folder = secrets.choice(folders)
    with zipfile.ZipFile(folder / SCORES) as archive:
        rows = [Path(n) for n in archive.namelist() if n.startswith("results/evaluations/")]
    one = secrets.choice(rows)
    return folder, one.parent.name, int(one.stem)


def main() -> None:
    """Run as said above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--row", help=f"TABLE/VARIANT/SEED, or {_NO_ROW}; default: by chance")
    row = parser.parse_args().row
    folders = sorted(path.parent for path in RESULTS.glob(f"*/{SCORES}"))
    for folder in folders:
        print(f"verify: {folder}: {verify_texts(folder)} texts are what their scores say")
    if folders and row != _NO_ROW:
        print(verify_row(*_chosen(row, folders)))


if __name__ == "__main__":
    main()
