"""A drawing in a request to a painted face in an answer."""

import base64
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.images import Image, encode_png, resize
from facepencil.serving.batcher import Batcher
from facepencil.serving.bodies import ModelEntry, PaintBody, PaintReply
from facepencil.serving.face_certainty import FaceCertainty
from facepencil.serving.onnx_painter import Exports
from facepencil.serving.paint import seen
from facepencil.serving.preparing import Preparation
from facepencil.serving.refused import Refused
from facepencil.serving.served_models import ServedModel
from facepencil.serving.stroke_chains import chains_of_strokes, strokes_of_chains
from facepencil.serving.wishes import Wishes, tell_wishes, wishes_of

_PATIENCE_S = 30
_SHOWN_PX = 256
"""Side of the picture of stroke widths."""


class Painting:
    """Paints drawings with the models that there are."""

    def __init__(
        self,
        models: Mapping[str, ServedModel],
        preparation: Preparation,
        certainty: FaceCertainty | None = None,
    ) -> None:
        """Begin to wait for drawings.

        Args:
            models: by name; the first paints where none is named.
            preparation: of drawings.
            certainty: tells how sure it is of a face, where its weights are at hand.
        """
        self.batcher = Batcher()
        self._models = models
        self._prepared = preparation
        self._certainty = certainty
        self._exports: Exports | None = None

    def begin_exports(self) -> None:
        """From now on have models painted by a faster runtime: the first, and those asked for."""
        self._exports = Exports()
        self._exports.want(self._chosen(None))

    def exported(self) -> int:
        """Models that the faster runtime paints."""
        return sum(model.quick is not None for model in self._models.values())

    def close(self) -> None:
        """Paint what waits, then end."""
        if self._exports:
            self._exports.close()
        self.batcher.close()

    def entries(self) -> list[ModelEntry]:
        """What there is to choose from; the first paints where none is named."""
        return [self._entry(model) for model in self._models.values()]

    def __call__(self, body: PaintBody) -> PaintReply:
        """Paint one drawing.

        Raises:
            Refused: no such model, or it cannot do what is asked.
        """
        model = self._chosen(body.model)
        if self._exports:
            self._exports.want(model)
        _check_options(body, self._entry(model))
        strokes, advice = self._prepared(strokes_of_chains(body.strokes), body.place, body.refine)
        sketch = seen(strokes, model.entry.size_px)
        told = tell_wishes(model.painter, _wishes(body))
        face = self.batcher.submit(model, sketch, told).result(_PATIENCE_S)
        extra: dict[str, Any] = {}
        if body.attention:
            extra["attention"] = _data_url(_widths(model, sketch))
        if body.refine > 0:
            extra["strokes"] = chains_of_strokes(strokes)
        return PaintReply(
            model=model.entry.name,
            sha256=model.entry.sha256,
            size_px=model.entry.size_px,
            face=_data_url(face),
            advice=advice,
            certain=self._certainty(face) if self._certainty else None,
            **extra,
        )

    def _entry(self, model: ServedModel) -> ModelEntry:
        """What is said of a model; whether drawings can be refined is the server's, not its."""
        options = model.entry.options.model_copy(update={"refine": self._prepared.refines})
        return model.entry.model_copy(update={"options": options})

    def _chosen(self, name: str | None) -> ServedModel:
        first = next(iter(self._models))
        try:
            return self._models[first if name is None else name]
        except KeyError as error:
            known = ", ".join(self._models)
            raise Refused(f"model: no {name!a}; expected one of {known}") from error


def _check_options(body: PaintBody, entry: ModelEntry) -> None:
    asked = {
        "refine": body.refine > 0,
        "level": body.level is not None,
        "palette": bool(_wishes(body).colours),
        "attention": body.attention,
    }
    for option, wanted in asked.items():
        if wanted and not getattr(entry.options, option):
            raise Refused(f"{option}: {entry.name} cannot do that here; see /api/models")


def _wishes(body: PaintBody) -> Wishes:
    return wishes_of(body.level, **(body.palette.model_dump() if body.palette else {}))


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
