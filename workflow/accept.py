"""After a refactoring that is meant to change no result: `python -m workflow.accept`.

Runs the `test` preset with the code that the finished results were made with, then what the code of
the working tree outdates of it. Where every byte agrees, the finished results stand, for both
engines.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path

import yaml

from facepencil.config.params import load_params
from facepencil.store import write_text
from pipeline import layout
from pipeline.code import code_digest
from pipeline.graph import Job, jobs
from pipeline.provenance import Provenance, read_provenance, why_other
from workflow.compile import PLANS
from workflow.sync import to_dvc
from workflow.trees import git, lay_out, run_tree

RECORD = Path("accepted.jsonl")
"""Which code was accepted in place of which, one JSON object a line; kept in git."""

_COMMITS = 200
"""So many commits are searched for the code of the finished results."""


def accept() -> str:
    """Do as above; returns what came out, in a line.

    Raises:
        SystemExit: nothing to accept, the old code is not found, or a file differs (named).
    """
    stale = _outdated_by_code()
    if not stale:
        raise SystemExit("accept: no finished result is outdated by its code alone")
    wanted = {made.stage: made.code for _, made in stale}
    with tempfile.TemporaryDirectory(prefix="accept-") as folder:
        commit = _commit_of(wanted, Path(folder) / "old")
        before = _run(Path(folder) / "old")
        after = _run(_copy_work_tree(Path(folder) / "new", Path(folder) / "old"))
        _compare(before, after)
    for job, made in stale:
        now = replace(made, code=code_digest(job.stage))
        write_text(job.provenance, json.dumps(asdict(now), indent=1, sort_keys=True) + "\n")
    _remember(commit, wanted)
    to_dvc()
    return f"accept: every byte agrees with {commit[:12]}; {len(stale)} finished results stand"


def _outdated_by_code() -> list[tuple[Job, Provenance]]:
    """Jobs whose outputs are those that would be made now, but for the digest of the code."""
    found = []
    for job in jobs(load_params(layout.PARAMS)):
        made = read_provenance(job.provenance)
        now = code_digest(job.stage)
        if made and made.code != now and why_other(replace(made, code=now), job) is None:
            found.append((job, made))
    return found


def _commit_of(wanted: Mapping[str, str], tree: Path) -> str:
    """The newest commit with this code, laid out at `tree`."""
    for commit in git("rev-list", f"--max-count={_COMMITS}", "HEAD").split():
        lay_out(commit, tree)
        if _has(tree, wanted):
            return commit
        shutil.rmtree(tree)
    raise SystemExit(
        f"accept: none of the last {_COMMITS} commits has the code that the finished results were "
        "made with: it was never committed"
    )


def _has(tree: Path, wanted: Mapping[str, str]) -> bool:
    """Whether the stages of a tree have these digests; older trees lack some stages."""
    try:
        return all(code_digest(stage, tree) == code for stage, code in wanted.items())
    except FileNotFoundError:
        return False


def _copy_work_tree(target: Path, finished: Path) -> Path:
    """What git would hold of the working tree, changes included, and outputs of another tree."""
    for top in layout.OUTPUTS:
        shutil.copytree(finished / top, target / top)
    for name in git("ls-files", "-co", "--exclude-standard").splitlines():
        if Path(name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, target / name)
    return target


def _run(tree: Path) -> dict[str, bytes]:
    """Outputs of the `test` preset with the code of a tree, by name."""
    preset = tree / "presets/test.yaml"
    shutil.copy(layout.PARAMS.parent / "presets/test.yaml", preset)
    # The first table has all stages; others, such as an ablation, take far longer.
    tables = yaml.safe_load(preset.read_text()).get("tables", {})
    run_tree(tree, preset, list(tables)[:1])
    return dict(_outputs(tree))


def _outputs(tree: Path) -> Iterator[tuple[str, bytes]]:
    for top in layout.OUTPUTS:
        for path in sorted((tree / top).rglob("*")):
            name = str(path.relative_to(tree))
            made = name.endswith(".made.json") or path.is_relative_to(tree / PLANS)
            if path.is_file() and not made and not layout.varies(name):
                yield name, path.read_bytes()


def _compare(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> None:
    for name in sorted({**before, **after}):
        if before.get(name) != after.get(name):
            raise SystemExit(f"accept: {name} differs; nothing was accepted")


def _remember(commit: str, wanted: Mapping[str, str]) -> None:
    now = git("rev-parse", "HEAD").strip()
    dirty = bool(git("status", "--porcelain").strip())
    entry = {"made_by": commit, "accepted_at": now, "with_changes": dirty, "codes": dict(wanted)}
    known = RECORD.read_text() if RECORD.exists() else ""
    write_text(RECORD, known + json.dumps(entry, sort_keys=True) + "\n")


if __name__ == "__main__":
    print(accept())
