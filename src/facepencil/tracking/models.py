"""Painters as models of MLflow: logged with the run that trained them, and the best registered."""

import math
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel, Run

NEEDED = ("facepencil", "mlflow", "numpy", "safetensors", "torch")
"""What the code of a model imports; said outright, since MLflow takes minutes to find it out."""
LPIPS = ("val/lpips", "test/LPIPS-Alex")
"""What models are chosen by, the first there is: LPIPS of validation, then of test photos."""
BEST = "best"
"""Alias of the version registered last."""


class NothingToRegister(LookupError):
    """No run has the metric, or the best run has no model; the message says which."""


@dataclass(frozen=True)
class Registered:
    """A version in the model registry.

    Attributes:
        name: of the registered model.
        version: its number.
        run_name: of the run that trained it, such as `ours/0`.
        metric: that it was chosen by.
        value: of that metric.
    """

    name: str
    version: str
    run_name: str
    metric: str
    value: float


def log_model(
    client: "MlflowClient", run_id: str, weights: Path, code: Path, example_px: int
) -> None:
    """Log the weights and the code that paints with them as a model of a run, once.

    Args:
        client: of the server.
        run_id: the run that trained it.
        weights: a file of its own name, read by `code` as the artifact `weights`.
        code: a Python file that calls `mlflow.models.set_model`.
        example_px: side of the drawing kept as input example.
    """
    from mlflow.entities import LoggedModelOutput, LoggedModelStatus

    run = client.get_run(run_id)
    model = _model_of(client, run) or client.create_logged_model(
        run.info.experiment_id, _model_name(run), run_id, model_type="painter"
    )
    if model.status == LoggedModelStatus.READY:
        return
    with TemporaryDirectory() as folder:
        _save(model, Path(folder), weights, code, example_px)
        client.log_model_artifacts(model.model_id, folder)
    client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, 0)])


def _save(model: "LoggedModel", folder: Path, weights: Path, code: Path, example_px: int) -> None:
    import mlflow
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ParamSchema, ParamSpec, Schema, TensorSpec

    from facepencil.colours import PALETTE_PARTS
    from facepencil.config.model import USUAL_LEVEL

    grey, colour = (-1, -1, -1), (-1, -1, -1, 3)
    colours = [ParamSpec(part, "string", "") for part in PALETTE_PARTS]
    mlflow.pyfunc.save_model(
        str(folder),
        mlflow_model=Model(model.artifact_location, model.source_run_id, model_id=model.model_id),
        python_model=str(code),
        artifacts={"weights": str(weights)},
        pip_requirements=[f"{name}=={version(name)}" for name in NEEDED],
        input_example=example_drawing(example_px),
        signature=ModelSignature(
            Schema([TensorSpec(np.dtype(np.uint8), grey)]),
            Schema([TensorSpec(np.dtype(np.uint8), colour)]),
            ParamSchema([*colours, ParamSpec("level", "double", USUAL_LEVEL)]),
        ),
    )


def example_drawing(size: int) -> NDArray[np.uint8]:
    """One drawing (1, size, size) uint8 of a face, black on white: oval, eyes, nose and mouth."""
    from PIL import Image, ImageDraw

    image = Image.new("L", (size, size), 255)
    pen = ImageDraw.Draw(image)
    pen.ellipse([size * part for part in (0.2, 0.1, 0.8, 0.95)])
    for left in (0.32, 0.56):
        pen.ellipse([size * part for part in (left, 0.42, left + 0.12, 0.48)])
    pen.line([(size * x, size * y) for x, y in ((0.5, 0.5), (0.46, 0.64), (0.53, 0.65))])
    pen.arc([size * part for part in (0.37, 0.66, 0.63, 0.8)], 20, 160)
    return np.array(image)[None]


def _model_name(run: "Run") -> str:
    """Name of the model of a run; MLflow takes no slash and no dot in it."""
    return str(run.info.run_name).replace("/", "-").replace(".", "_")


def _model_of(client: "MlflowClient", run: "Run") -> "LoggedModel | None":
    query = f"source_run_id = '{run.info.run_id}'"
    found = client.search_logged_models([run.info.experiment_id], query, max_results=1)
    return found[0] if found else None


def register_best(
    client: "MlflowClient", experiment: str, metric: str | None, name: str
) -> Registered:
    """Register the model of the run whose `metric` is lowest, under `name` and the alias `best`.

    A model registered before keeps its version.

    Args:
        client: of the server.
        experiment: its name.
        metric: lower is better; None for `chosen_metric` of those there are.
        name: of the registered model, made when missing.

    Raises:
        NothingToRegister: no run has the metric, or the best one has no whole model.
    """
    from mlflow.entities import LoggedModelStatus

    runs = _runs(client, experiment)
    metric = metric or chosen_metric({name for run in runs for name in run.data.metrics})
    run = _best(runs, metric)
    model = _model_of(client, run)
    if model is None or model.status != LoggedModelStatus.READY:
        raise NothingToRegister(f"{run.info.run_name} is best by {metric} and has no model logged")
    number = _version_of(client, name, model) or _new_version(client, name, model, metric, run)
    client.set_registered_model_alias(name, BEST, number)
    return Registered(name, number, str(run.info.run_name), metric, run.data.metrics[metric])


def chosen_metric(names: Collection[str]) -> str:
    """The metric that the best model is chosen by: of `LPIPS`, at the highest level that is known.

    Raises:
        NothingToRegister: neither is among `names`.
    """
    for metric in LPIPS:
        if found := by_level(names, metric):
            return found[-1]
    raise NothingToRegister(f"expected a run with {' or '.join(LPIPS)}: evaluate one first")


def by_level(names: Iterable[str], metric: str) -> list[str]:
    """Those of `names` that are `metric`, or `metric/d` and a level, by rising level."""
    return sorted(
        (name for name in names if re.fullmatch(rf"{metric}(/d[\d.]+)?", name)), key=level_of
    )


def level_of(name: str) -> float:
    """The level d at the end of a metric's name, px; -1 without one."""
    found = re.search(r"/d([\d.]+)$", name)
    return float(found[1]) if found else -1.0


def _runs(client: "MlflowClient", experiment: str) -> "list[Run]":
    found = client.get_experiment_by_name(experiment)
    return list(client.search_runs([found.experiment_id])) if found else []


def _best(runs: "Iterable[Run]", metric: str) -> "Run":
    known = [run for run in runs if math.isfinite(run.data.metrics.get(metric, math.nan))]
    if not known:
        raise NothingToRegister(f"no run has a number for {metric!r}")
    return min(known, key=lambda run: float(run.data.metrics[metric]))


def _version_of(client: "MlflowClient", name: str, model: "LoggedModel") -> str | None:
    versions = client.search_model_versions(f"name = '{name}'")
    # A run has one model, and not every store says which model a version is of.
    return next((str(one.version) for one in versions if one.run_id == model.source_run_id), None)


def _new_version(
    client: "MlflowClient", name: str, model: "LoggedModel", metric: str, run: "Run"
) -> str:
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    made = client.create_model_version(
        name,
        model.artifact_location,
        run.info.run_id,
        tags={metric: f"{run.data.metrics[metric]:.6f}", "run": run.info.run_name},
        model_id=model.model_id,
    )
    return str(made.version)
