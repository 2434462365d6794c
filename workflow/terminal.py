"""What Snakemake says on the terminal: the stages say themselves what they do and how it ended."""

import logging
import sys
from collections.abc import Callable
from typing import Any

SHOWN = {"Nothing to be done (all requested files are present and up to date)."}
"""Of what Snakemake says for information, what people want to know."""


class Quiet(logging.Filter):
    """Leaves out lists of files and counts of steps; of a failed job, one line remains.

    In a dry run every job that would be run is a line; where jobs run elsewhere, every one that is
    done, since nobody here hears what it says.
    """

    def __init__(self, dry_run: Callable[[], bool], elsewhere: Callable[[], bool]) -> None:
        """Tell whether nothing is run, and whether jobs run on other machines.

        Neither is known before the first record.
        """
        super().__init__()
        self._dry_run, self._elsewhere = dry_run, elsewhere

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether Snakemake may say it; says a line in its place where there is one."""
        event = str(getattr(record, "event", ""))
        if event == "job_error":
            _say(f"{_name(record)} failed; see {_first(getattr(record, 'log', None))}")
        elif event == "job_info" and self._dry_run() and record.__dict__["rule_name"] != "all":
            _say(f"would run {_name(record)}")
        elif event == "progress" and self._elsewhere():
            _say(f"{record.__dict__['done']} of {record.__dict__['total']} jobs are done")
        if record.levelno >= logging.WARNING:
            return event != "job_error" and "CalledProcessError" not in record.getMessage()
        return record.getMessage() in SHOWN or (event == "run_info" and self._dry_run())


def _name(record: logging.LogRecord) -> str:
    """Rule and wildcards; Snakemake tells of an error without them."""
    wildcards: dict[str, Any] = getattr(record, "wildcards", None) or {}
    values = [str(value).rstrip("/") for value in wildcards.values()]
    key = "/".join(value for value in values if value)
    return f"{record.__dict__['rule_name']} {key}".rstrip()


def _first(files: Any) -> str:  # noqa: ANN401 - a list of files, or nothing
    return str(files[0]) if files else "its log"


def _say(text: str) -> None:
    print(text.strip(), file=sys.stderr, flush=True)
