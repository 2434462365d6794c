"""A drawing in a request to a painted face in an answer."""

import base64
from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.images import Image, encode_png, resize
from facepencil.serving.batcher import Batcher
from facepencil.serving.bodies import ModelEntry, PaintBody, PaintReply
from facepencil.serving.face_certainty import FaceCertainty
from facepencil.serving.paint import seen
from facepencil.serving.picture_strokes import advice_on
from facepencil.serving.refused import Refused
from facepencil.serving.served_models import ServedModel
from facepencil.serving.stroke_chains import strokes_of_chains

_PATIENCE_S = 30
_SHOWN_PX = 256
"""Side of the picture of stroke widths."""


class Painting:
    """Paints drawings with the models that there are."""

    def __init__(self, models: Mapping[str, ServedModel], certainty: FaceCertainty | None) -> None:
        """`certainty` tells how sure it is of a face; None where its weights are not at hand."""
        self.batcher = Batcher()
        self._models = models
        self._certainty = certainty

    def entries(self) -> list[ModelEntry]:
        """What there is to choose from; the first is taken where none is chosen."""
        return [model.entry for model in self._models.values()]

    def __call__(self, body: PaintBody) -> PaintReply:
        """Paint one drawing.

        Raises:
            Refused: no such model, or it cannot do what is asked.
        """
        model = self._chosen(body.model)
        _check_options(body, model.entry)
        strokes = strokes_of_chains(body.strokes)
        sketch = seen(strokes, model.entry.size_px)
        face = self.batcher.submit(model, sketch).result(_PATIENCE_S)
        extra = {"attention": _data_url(_widths(model, sketch))} if body.attention else {}
        return PaintReply(
            model=model.entry.name,
            sha256=model.entry.sha256,
            size_px=model.entry.size_px,
            face=_data_url(face),
            advice=advice_on(strokes),
            certain=self._certainty(face) if self._certainty else None,
            **extra,
        )

    def _chosen(self, name: str | None) -> ServedModel:
        first = next(iter(self._models))
        try:
            return self._models[first if name is None else name]
        except KeyError as error:
            known = ", ".join(self._models)
            raise Refused(f"model: no {name!a}; expected one of {known}") from error


def _check_options(body: PaintBody, entry: ModelEntry) -> None:
    palette = body.palette is not None and bool(body.palette.model_dump(exclude_none=True))
    asked = {
        "refine": body.refine > 0,
        "level": body.level is not None,
        "palette": palette,
        "attention": body.attention,
    }
    for option, wanted in asked.items():
        if wanted and not getattr(entry.options, option):
            raise Refused(f"{option}: the model {entry.name} does not have it; see /api/models")
    if body.place:
        raise Refused("place: this server cannot move drawings")


def _widths(model: ServedModel, sketch: NDArray[np.float32]) -> Image:
    """Widths from the least of this drawing, dark blue, to the largest, yellow; lines in black."""
    widths = model.widths(sketch)
    shares = (widths - widths.min()) / max(float(np.ptp(widths)), 1e-6)
    large = resize(np.rint(255 * shares).astype(np.uint8), _SHOWN_PX)
    colours = cv2.applyColorMap(large, cv2.COLORMAP_VIRIDIS)[..., ::-1]
    ink = resize(np.rint(255 * sketch).astype(np.uint8), _SHOWN_PX)[..., None] / 255
    return np.rint(colours * (1 - ink)).astype(np.uint8)


def _data_url(image: Image) -> str:
    return f"data:image/png;base64,{base64.b64encode(encode_png(image)).decode()}"
