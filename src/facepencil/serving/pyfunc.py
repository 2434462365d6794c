"""The painter as MLflow serves it: this file goes with every logged model and is run to load it."""

from pathlib import Path
from typing import Any

import numpy as np
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext
from numpy.typing import NDArray

from facepencil.colours import PALETTE_PARTS
from facepencil.config.model import USUAL_LEVEL
from facepencil.networks.painter import load_painter
from facepencil.serving.paint import paint_drawings
from facepencil.serving.wishes import Wishes


class ServedPainter(PythonModel):  # type: ignore[misc]  # MLflow's class is untyped
    """Paints drawings with the weights that were logged beside it."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the weights."""
        self._painter = load_painter(Path(context.artifacts["weights"]))

    def predict(
        self,
        context: PythonModelContext,
        model_input: np.ndarray,  # type: ignore[type-arg]  # MLflow knows this hint, no narrower
        params: dict[str, Any] | None = None,
    ) -> NDArray[np.uint8]:
        """Faces (N, S, S, 3) uint8 of drawings (N, H, W) uint8, dark on light or light on dark.

        `params` may have a `level` and colours of `hair`, `skin` and `ground`; see `Wishes`.
        """
        given = params or {}
        colours = {part: str(given[part]) for part in PALETTE_PARTS if given.get(part)}
        wishes = Wishes(float(given.get("level", USUAL_LEVEL)), colours)
        return paint_drawings(self._painter, np.asarray(model_input, np.uint8), wishes)


set_model(ServedPainter())
