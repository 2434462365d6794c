"""Runs a stage as one job: checks, log, what the terminal shows, provenance of the outputs."""

import functools
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import typer

from facepencil import progress
from facepencil.config.params import Params, load_params
from facepencil.config.section import ConfigError
from pipeline import holder, layout
from pipeline.graph import Job, find_job, jobs
from pipeline.provenance import check, inputs_of, record

_LAST_LINES = 5
"""Of a failed stage's log, shown on the terminal."""


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
        params = load_params(options["params"])
        own = {name: value for name, value in options.items() if name != "params"}
        job = find_job(options["params"], stage, **own)
        holder.join()
    except (ConfigError, holder.TreeHeld, LookupError) as error:
        _fail(str(error))
    with _logged(job) as terminal:
        _say(terminal, f"{job.name} ...")
        begun = time.monotonic()
        try:
            check(_producers(params, job))
            inputs = inputs_of(job)
            text = main(**options)
            record(job, inputs)
        except KeyboardInterrupt:
            raise
        except Exception as error:
            _explain(error, job, terminal)
            raise SystemExit(1) from None
        _say(terminal, f"{job.name}: {text} ({_duration(time.monotonic() - begun)})")


def _producers(params: Params, job: Job) -> list[Job]:
    """The jobs that make a job's inputs."""
    wanted = set(job.inputs)
    return [one for one in jobs(params) if wanted & set(one.outputs)]


@contextmanager
def _logged(job: Job) -> Iterator[TextIO]:
    """Send all output, of libraries too, to the job's log; yields the terminal."""
    path = layout.log(job.stage, job.key.replace("/", "-"))
    path.parent.mkdir(parents=True, exist_ok=True)
    terminal = os.fdopen(os.dup(2), "w", buffering=1)
    with path.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    progress.show_on(terminal)
    try:
        yield terminal
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _say(terminal: TextIO, text: str) -> None:
    print(text, file=terminal, flush=True)
    print(text, file=sys.stderr, flush=True)


def _explain(error: Exception, job: Job, terminal: TextIO) -> None:
    """A user's mistake in a line; anything else with the last lines of the log and its place."""
    where = layout.log(job.stage, job.key.replace("/", "-"))
    if isinstance(error, (ValueError, FileNotFoundError, LookupError, ArithmeticError)):
        print("".join(traceback.format_exception(error)), file=sys.stderr)
        print(f"{job.name} failed: {error}", file=terminal)
    else:
        traceback.print_exc()
        sys.stderr.flush()
        last = where.read_text(errors="replace").splitlines()[-_LAST_LINES:]
        print("\n".join([f"{job.name} failed:", *(f"  {line}" for line in last)]), file=terminal)
    print(f"  its log: {where}", file=terminal, flush=True)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


def _fail(text: str) -> None:
    print(text, file=sys.stderr)
    raise SystemExit(2)
