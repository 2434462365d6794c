"""What every output was made from, and whether that is what params and code ask for now.

Beside the first output of a job lies a small JSON file: stage, code digest, params, and digests of
the contents of inputs and outputs. Nothing in it depends on time, place or engine.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from facepencil.assets.folder import Folder, NoPhotosError
from facepencil.store import content_id, write_text
from pipeline import layout
from pipeline.code import code_digest
from pipeline.graph import Job

_SHOWN = 3
"""As many differences are named in a reason."""


class NotCurrent(ValueError):
    """An output that is not what params, code and inputs ask for; the message says why."""


@dataclass(frozen=True)
class Provenance:
    """What the outputs of a job were made from.

    Attributes:
        stage: that made them.
        code: digest of the stage's code.
        params: values read, by dotted name.
        inputs: digests of contents by path.
        outputs: digests of contents by path.
    """

    stage: str
    code: str
    params: Mapping[str, Any]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


@cache
def code_of(stage: str) -> str:
    """`code_digest`, once a process: that of the code as it was when this was first asked."""
    return code_digest(stage)


def inputs_of(job: Job) -> dict[str, str]:
    """Digests of the contents of a job's input files, by path.

    Raises:
        NotCurrent: an input is not there.
    """
    try:
        return {str(path): identify(path) for path in job.inputs}
    except OSError as error:
        raise NotCurrent(f"{job.name}: {error.filename} is not there yet") from error


def fingerprint(job: Job, *conditions: str) -> str:
    """Tells what a job would make apart from all else: code, params, contents of inputs.

    `conditions` are what else its bytes depend on, such as device and processor.

    Raises:
        NotCurrent: an input is not there.
    """
    parts = [job.name, code_of(job.stage), plain(job.params), inputs_of(job), *conditions]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def record(job: Job, inputs: Mapping[str, str]) -> None:
    """Write what the outputs of a job were made from; `inputs` as they were when it began."""
    outputs = {str(path): identify(path) for path in job.outputs}
    made = Provenance(job.stage, code_of(job.stage), plain(job.params), inputs, outputs)
    write_text(job.provenance, json.dumps(asdict(made), indent=1, sort_keys=True) + "\n")


def read_provenance(path: Path) -> Provenance | None:
    """Inverse of `record`; None where there is no whole record."""
    try:
        return Provenance(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def why_outdated(job: Job) -> str | None:
    """Why a job's outputs are not current, for people; None if they are, or are not there at all.

    Inputs that are not there are no reason: what once was made from them still stands.
    """
    if not all(path.exists() for path in job.outputs):
        return None
    made = read_provenance(job.provenance)
    if made is None or made.stage != job.stage:
        return "no record of what it was made from"
    changed = _changed_files(made.outputs, job.outputs, "another content than was made")
    return changed or why_other(made, job) or _changed_folder(job)


def why_other(made: Provenance, job: Job) -> str | None:
    """Why outputs with this record are not those that a job would make now; None if they are."""
    if made.params != plain(job.params):
        return "params: " + _differences(made.params, plain(job.params))
    if made.code != code_of(job.stage):
        return f"the code of {job.stage} means something else"
    return _changed_files(made.inputs, job.inputs, "another content")


def check(producers: Iterable[Job]) -> None:
    """Refuse outputs that are not current.

    Raises:
        NotCurrent: names the output, why, and what to do.
    """
    for job in producers:
        why = why_outdated(job)
        if why:
            raise NotCurrent(
                f"{job.outputs[0]} is not current ({why}); run it again: {job.command}"
            )


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON gives them back."""
    return dict(json.loads(json.dumps(dict(values))))


def identify(path: Path) -> str:
    """`content_id`, kept as long as the file is untouched."""
    stat = path.stat()
    return _content_id(path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)


@cache
def _content_id(path: Path, *_state: int) -> str:
    return content_id(path)


def note_folders(job: Job) -> None:
    """Remember how the folders that a job reads looked when it ran, on this machine."""
    for folder in job.folders:
        write_text(_folder_note(folder), _listing(folder))


def _changed_folder(job: Job) -> str | None:
    """A folder of photos that looks otherwise than when it was listed.

    One without any photo is no reason: whoever pulled what was made of the photos has none.
    """
    for folder in job.folders:
        note, now = _folder_note(folder), _listing(folder)
        if now and not (note.exists() and note.read_text() == now):
            return f"photos in {folder} came, went or changed"
    return None


def _folder_note(folder: Path) -> Path:
    return layout.STATE / "folders" / f"{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}.txt"


def _listing(folder: Path) -> str:
    """Name, size and time of change of every photo, a line each."""
    try:
        names = Folder(folder).names
    except NoPhotosError:
        return ""
    states = [(name, (folder / name).stat()) for name in names]
    return "".join(f"{name} {state.st_size} {state.st_mtime_ns}\n" for name, state in states)


def _changed_files(made: Mapping[str, str], paths: Iterable[Path], what: str) -> str | None:
    """Files whose contents are not those of a record, or that it does not know."""
    there = [path for path in paths if path.exists()]
    changed = [str(path) for path in there if made.get(str(path)) != identify(path)]
    gone = sorted(made.keys() - {str(path) for path in paths})
    if changed:
        return f"{_some(changed)} has {what}"
    return f"{_some(gone)} counts no more" if gone else None


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    names = [name for name in {**now, **before} if before.get(name) != now.get(name)]
    return ", ".join(
        f"{name} was {before.get(name)}, is {now.get(name)}" for name in names[:_SHOWN]
    ) + _more(names)


def _some(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + _more(names)


def _more(names: list[str]) -> str:
    return f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
