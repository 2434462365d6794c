"""Runs a stage as one job: checks, log, what the terminal shows, provenance of the outputs."""

import fcntl
import functools
import io
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

import typer

from facepencil.config.params import load_params
from facepencil.config.section import ConfigError
from facepencil.training.leaving import Left
from pipeline import holder, layout
from pipeline.graph import Job, jobs, pick_job
from pipeline.provenance import check, code_of, inputs_of, note_folders, record

_LAST_LINES = 5
"""Of a failed stage's log, shown on the terminal."""

_LINE_EVERY_S = 30.0
"""Seconds between two lines of a long job on a terminal that others share."""

_MENDABLE = (ValueError, LookupError, ArithmeticError, OSError)
"""Kinds of errors whose message says what a user can do."""


def launch(main: Callable[..., str]) -> None:
    """Run the `main` of a stage's module with the options of the command line.

    `main` gets the options of its job and `params`, the params file, and returns a line that says
    what came out. Errors that a user can mend are told in a few lines, without a traceback.
    """
    stage = Path(sys.argv[0]).stem

    @functools.wraps(main)
    def job(**options: Any) -> None:  # noqa: ANN401 - options of any stage
        _run(stage, main, options)

    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command()(job)
    app()


def _run(stage: str, main: Callable[..., str], options: Mapping[str, Any]) -> None:
    try:
        every = jobs(load_params(options["params"]))
        own = {name: value for name, value in options.items() if name != "params"}
        job = pick_job(every, options["params"], stage, own)
        holder.join()
    except (ConfigError, holder.TreeHeld, LookupError, OSError) as error:
        _fail(_words(error))
    rank = int(os.environ.get("RANK", "0"))
    path = layout.log(job.stage, job.options)
    # Of several processes that torchrun started for one job, the first alone records it.
    path = path.with_suffix(f".{rank}.log") if rank else path
    try:
        log = _open_log(path)
    except OSError as error:
        _fail(f"{job.name} failed: {_words(error)}")
    with _shown(log) as screen:
        screen.say(f"{job.name} ...")
        begun = time.monotonic()
        try:
            check(_producers(every, job))
            inputs = inputs_of(job)
            # What runs is the code of now, even if it is edited before the job is done.
            code_of(job.stage)
            note_folders(job)
            text = main(**options)
            if not rank:
                record(job, inputs)
        except Left as left:
            screen.say(f"{job.name}: asked to leave, saved after {left.photos} photos")
            raise
        except Exception as error:  # whatever it is, it is told and ends the job
            _explain(error, job, path, screen)
            raise SystemExit(1) from None
        screen.say(f"{job.name}: {text} ({_duration(time.monotonic() - begun)})")


def _producers(every: Sequence[Job], job: Job) -> list[Job]:
    """The jobs that make a job's inputs."""
    wanted = set(job.inputs)
    return [one for one in every if wanted & set(one.outputs)]


class _Log(io.TextIOBase):
    """An open log to append to, so that all who write to it, libraries included, take turns.

    What a full disk has no room for is lost: whoever then writes an output tells of the disk.
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def fileno(self) -> int:
        """Of the open file."""
        return self._handle

    def write(self, text: str) -> int:
        """Log a text at once."""
        with suppress(OSError):
            os.write(self._handle, text.encode(errors="backslashreplace"))
        return len(text)


class _Screen(io.TextIOBase):
    """What a stage prints: bars go to the terminal, all else to the log.

    Where several jobs share the terminal, or none is there, lines take the place of bars; on a
    terminal, one of them is shown now and then.
    """

    def __init__(self, terminal: TextIO, log: _Log) -> None:
        self._terminal, self.log = terminal, log
        self._alone = os.environ.get("FACEPENCIL_ENGINE") != "snakemake"
        self._shown = time.monotonic()

    def isatty(self) -> bool:
        """Whether bars can be drawn."""
        return self._alone and self._terminal.isatty()

    def write(self, text: str) -> int:
        """Show or log a text."""
        if self.isatty():
            return self._terminal.write(text)
        now = time.monotonic()
        if self._terminal.isatty() and text.strip() and now - self._shown > _LINE_EVERY_S:
            self._terminal.write(text if text.endswith("\n") else f"{text}\n")
            self._shown = now
        return self.log.write(text)

    def flush(self) -> None:
        """Write out what is held back."""
        self._terminal.flush()

    def say(self, text: str) -> None:
        """Show a line, and log it."""
        for stream in (self._terminal, self.log):
            print(text, file=stream, flush=True)


def _open_log(path: Path) -> _Log:
    """The empty log of a job, which is this process's alone until it ends.

    An engine that is killed leaves its jobs running: the next one's wait for them here, so that no
    file is ever written by two.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not the handle that is written to: children inherit that one, and would hold the lock on.
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"{path}: waiting for the process that writes it", file=sys.stderr)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return _Log(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o666))


@contextmanager
def _shown(log: _Log) -> Iterator[_Screen]:
    """Send what the stage and its libraries print to a log; yields what people see."""
    terminal = os.fdopen(os.dup(2), "w", buffering=1)
    for stream in (1, 2):
        os.dup2(log.fileno(), stream)
    logging.captureWarnings(True)
    logging.basicConfig(stream=log, force=True)
    screen = _Screen(terminal, log)
    usual, sys.stderr = sys.stderr, screen
    try:
        yield screen
    finally:
        sys.stderr = usual


def _explain(error: Exception, job: Job, path: Path, screen: _Screen) -> None:
    """A mistake that a user can mend, in its own words; else the last lines of the log."""
    traceback.print_exception(error, file=screen.log)
    if isinstance(error, _MENDABLE):
        words = [f"{job.name} failed: {_words(error)}"]
    else:
        last = path.read_text(errors="replace").splitlines()[-_LAST_LINES:]
        words = [f"{job.name} failed:", *(f"  {line}" for line in last)]
    screen.say("\n".join([*words, f"  all it said is in {path}"]))


def _words(error: Exception) -> str:
    """What an error says; of one of the system, the file first, and no number."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


def _fail(text: str) -> None:
    print(text, file=sys.stderr)
    raise SystemExit(2)
