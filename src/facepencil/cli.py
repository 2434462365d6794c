"""The command `facepencil`: small things beside the pipeline's stages.

Each command imports what it needs, so that `--help` answers at once: torch alone takes seconds.
"""

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from facepencil.config.section import ConfigError
from facepencil.store import ShardError

_FINDER = Path("models/finder.safetensors")
_MENDABLE = (ConfigError, ShardError, OSError)
"""Errors that a user can mend; their messages name the file and what was expected."""


class _OneLine(TyperGroup):
    """Commands that end with 1 after a user's error and 2 after a wrong command line, each told."""

    def main(self, *args: Any, **extra: Any) -> NoReturn:  # noqa: ANN401 - as typer has them
        """Run a command; see `typer.core.TyperGroup.main`."""
        try:
            sys.exit(super().main(*args, **{**extra, "standalone_mode": False}))
        except typer.Abort:
            sys.exit(130)
        except typer.TyperException as error:
            _tell(error)
            sys.exit(error.exit_code)
        except _MENDABLE as error:
            typer.echo(f"facepencil: {error}", err=True)
            sys.exit(1)


def _tell(error: typer.TyperException) -> None:
    context, text = getattr(error, "ctx", None), error.format_message().strip()
    if context and text and "\n" not in text:
        text = f"{context.command_path}: {text} (see --help)"
    if text:  # none after the help, which was then printed for want of a command
        typer.echo(text, err=True)


app = typer.Typer(
    cls=_OneLine, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
track = typer.Typer(no_args_is_help=True, help="Runs in MLflow.")
config = typer.Typer(no_args_is_help=True, help="The params of a run.")
app.add_typer(track, name="track")
app.add_typer(config, name="config")


@app.callback()
def _about() -> None:
    """Photo-realistic faces from freehand sketches."""


@track.command("send")
def track_send(
    spool: Annotated[Path, typer.Argument(help="folder of waiting events")] = Path(
        "state/tracking"
    ),
) -> None:
    """Send what MLflow did not take while runs went on, to MLFLOW_TRACKING_URI."""
    from facepencil.tracking.server import send

    try:
        typer.echo(f"MLflow was sent {send(spool)} events")
    except Exception as error:  # whatever the client library raises for a server that is away
        raise _failure(f"nothing lost, all is kept in {spool}: {error}") from error


@track.command("register")
def track_register(
    metric: Annotated[
        str, typer.Option(help="lowest is best; default: LPIPS of val, else of test photos")
    ] = "",
    name: Annotated[str, typer.Option(help="of the registered model")] = "painter",
    experiment: Annotated[str, typer.Option(help="where to look for runs")] = "facepencil",
) -> None:
    """Register the best run's model in MLflow, under the alias `best`."""
    from facepencil.tracking.models import register_best
    from facepencil.tracking.server import connect

    try:
        done = register_best(connect(), experiment, metric or None, name)
    except Exception as error:  # whatever the client library raises for a server that is away
        raise _failure(str(error)) from error
    typer.echo(
        f"{done.name} version {done.version}: {done.run_name}, {done.metric} {done.value:.4f}; "
        f"models:/{done.name}@best"
    )


@track.command("ui")
def track_ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="on 127.0.0.1")] = 5000,
) -> None:
    """Show where to compare runs in a browser, and serve that page unless a server does."""
    from facepencil.tracking.comparison import open_server

    try:
        open_server(port)
    except Exception as error:  # whatever the client library raises for a server that is away
        raise _failure(str(error)) from error


@config.command("show")
def config_show(
    params: Annotated[Path, typer.Argument(help="a params file")] = Path("params.yaml"),
) -> None:
    """Check a params file, and print every key with its value and what it means."""
    from facepencil.config.params import load_params
    from facepencil.config.text import commented_yaml

    typer.echo(commented_yaml(load_params(params)), nl=False)


@config.command("refresh")
def config_refresh(
    files: Annotated[list[Path], typer.Argument(help="params files, such as presets/*.yaml")],
) -> None:
    """Rewrite params files with every key and what it means; values stay, comments go.

    Keys that a file lacks are written in with what was so before there were such keys, mostly
    their defaults.
    """
    from facepencil.config.params import load_params
    from facepencil.config.text import commented_yaml
    from facepencil.store import write_text

    texts = {path: commented_yaml(load_params(path, whole=False)) for path in files}
    for path, text in texts.items():
        write_text(path, text)


@config.command("schema")
def config_schema() -> None:
    """Print the JSON schema of params files."""
    from facepencil.config.text import schema_json

    typer.echo(schema_json(), nl=False)


@app.command()
def variant(
    name: Annotated[str, typer.Argument(help="one of `variants` in the params file")],
    against: Annotated[
        str | None, typer.Option(help="another variant; without it, the bare params")
    ] = None,
    params: Annotated[Path, typer.Option(help="a params file")] = Path("params.yaml"),
) -> None:
    """Print what a variant resolves to, and where it differs from another."""
    from facepencil.config.params import load_params
    from facepencil.config.text import variant_yaml

    known = load_params(params)
    try:
        typer.echo(variant_yaml(known, name, against), nl=False)
    except ConfigError as error:
        raise ConfigError(f"{params}: {error}") from error


@app.command()
def svg(
    shard: Annotated[Path, typer.Argument(help="strokes, such as data/strokes/0.npz")],
    face: Annotated[str, typer.Argument(help="id of a face, such as 000001")],
) -> None:
    """Print the strokes of a face as SVG."""
    from facepencil.strokes.strokes import read_strokes
    from facepencil.strokes.svg import to_svg

    drawn = read_strokes(shard)
    if face not in drawn:
        example = next(iter(drawn), "none")
        raise _failure(f"{shard}: no face {face!r} among {len(drawn)}, such as {example}")
    typer.echo(to_svg(drawn[face]), nl=False)


_Level = Annotated[
    float | None, typer.Option(help="how wrong the lines may be, 0..1, for models told of it")
]
_Share = Annotated[
    float, typer.Option(min=0, max=1, help="0: as drawn; 1: redrawn as the nearest plausible face")
]
_ExemplarsFile = Annotated[Path, typer.Option(help="faces towards which drawings are refined")]
_Drawings = Annotated[
    list[Path], typer.Argument(help="PNG, JPEG, WebP or SVG, dark on light or light on dark")
]
_FacesFolder = Annotated[
    Path, typer.Option(help="folder of the faces: DRAWING.png, and beside it DRAWING.seen.png")
]
_FinderFile = Annotated[
    Path | None, typer.Option(help="finds parts; default: models/finder.safetensors if it is there")
]
_Hair = Annotated[str, typer.Option(help="such as black, blond, red or #rrggbb")]
_Skin = Annotated[str, typer.Option(help="such as pale, olive, dark or #rrggbb")]
_Ground = Annotated[str, typer.Option(help="such as white, teal or #rrggbb")]


@app.command()
def paint(
    drawings: _Drawings,
    model: Annotated[
        Path | None, typer.Option(help="default: the newest of models/, else the package's own")
    ] = None,
    out: _FacesFolder = Path("faces"),
    finder: _FinderFile = None,
    as_is: Annotated[
        bool, typer.Option("--as-is", help="leave drawings where they lie on the page")
    ] = False,
    hair: _Hair = "",
    skin: _Skin = "",
    ground: _Ground = "",
    level: _Level = None,
    refine: _Share = 0.0,
    exemplars: _ExemplarsFile = Path("models/exemplars.npz"),
) -> None:
    """Paint the faces of drawings, whatever their paper, pen and size.

    A drawing is moved to where faces lie, by its eyes, nose and mouth; DRAWING.seen.png shows how.
    Colours are for models trained with model.palette; without one, it is the training photos' mean.
    """
    from facepencil.serving import paint as painting
    from facepencil.serving.served_models import SMALL, newest_first
    from facepencil.serving.wishes import wishes_of

    chosen = model or next(iter(newest_first(Path("models"))), SMALL)
    usual = finder or (_FINDER if _FINDER.is_file() else None)
    try:
        wishes = wishes_of(level, hair=hair, skin=skin, ground=ground)
        refining = painting.Refining(refine, exemplars)
        done = painting.paint(chosen, drawings, out, usual, wishes, refining, as_is)
    except ValueError as error:
        raise _failure(str(error)) from error
    if model is None:
        name = "the package's own model" if chosen == SMALL else chosen
        typer.echo(f"facepencil: painted with {name}", err=True)
    for drawing, face in zip(drawings, done, strict=True):
        typer.echo(face.path)
        if face.said:
            typer.echo(f"facepencil: {drawing}: {face.said}", err=True)


@app.command()
def draw(
    model: Annotated[
        list[Path] | None,
        typer.Option(help="to paint with; may be repeated; default: all of models/, newest first"),
    ] = None,
    host: Annotated[str, typer.Option(help="address to listen at")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free")] = 8000,
    weights: Annotated[Path, typer.Option(help="folder of pre-trained weights, for photos")] = Path(
        "data/weights"
    ),
    exemplars: _ExemplarsFile = Path("models/exemplars.npz"),
    export: Annotated[
        Path | None,
        typer.Option(
            help="instead, write the page into this folder, with the newest model or those named, "
            "to paint in the browser without a server"
        ),
    ] = None,
) -> None:
    """Open a page on which a face appears while it is drawn: prints the address, serves it."""
    from facepencil.serving.served_models import newest_first

    models = newest_first(Path("models")) if model is None else model
    try:
        if export:
            return _export(models if model else models[:1], export)
        _serve(models, exemplars, weights, host, port)
    except ValueError as error:
        raise _failure(str(error)) from error


def _export(models: list[Path], out: Path) -> None:
    from facepencil.serving.page_export import export_page

    size = export_page(models, out)
    typer.echo(f"{out / 'index.html'}: paints in the browser, {size / 1e6:.1f} MB in all")


def _serve(models: list[Path], exemplars: Path, weights: Path, host: str, port: int) -> None:
    from facepencil.serving.http_server import Sources, serve

    finder, known = (path if path.is_file() else None for path in (_FINDER, exemplars))
    serve(Sources(models, finder, known, weights), host, port, typer.echo)


def _failure(text: str) -> typer.Exit:
    typer.echo(f"facepencil: {text}", err=True)
    return typer.Exit(1)
