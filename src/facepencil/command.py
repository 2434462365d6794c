"""Command lines whose users are told of their mistakes in one line, without a traceback."""

import sys
from collections.abc import Callable
from typing import Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from facepencil.config.section import ConfigError
from facepencil.store import ShardError

USERS_ERRORS = (ConfigError, ShardError, OSError)
"""Raised for what a user can mend; their messages name the file and what was expected."""


class _OneLine:
    """Ends the process with 1 after a user's error, and with 2 after a wrong command line."""

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:  # noqa: ANN401
        """Run the command; see `typer.core.TyperCommand.main`."""
        try:
            sys.exit(super().main(*args, standalone_mode=False, **extra))  # type: ignore[misc]
        except typer.Abort:
            sys.exit(130)
        except typer.TyperException as error:
            _tell(error)
        except USERS_ERRORS as error:
            typer.echo(error, err=True)
            sys.exit(1)


class Command(_OneLine, TyperCommand):
    """A command of its own."""


class Group(_OneLine, TyperGroup):
    """Several commands under one name."""


def run(main: Callable[..., None]) -> None:
    """Run a function as a command line, its typed arguments as options; ends the process."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(cls=Command)(main)
    app()


def _tell(error: typer.TyperException) -> NoReturn:
    context = getattr(error, "ctx", None)
    text = error.format_message().strip()
    if context and text and "\n" not in text:
        text = f"{context.command_path}: {text} (see --help)"
    if text:  # none where the help was asked for by naming no command: it is on the screen
        typer.echo(text, err=True)
    sys.exit(error.exit_code)
