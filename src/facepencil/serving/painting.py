"""A drawing in a request to a painted face in an answer."""

import base64
from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.config.model import USUAL_LEVEL
from facepencil.images import Image, encode_png, resize
from facepencil.networks.finder_file import Finder
from facepencil.serving.batcher import Batcher
from facepencil.serving.bodies import ModelEntry, PaintBody, PaintReply
from facepencil.serving.face_certainty import FaceCertainty
from facepencil.serving.paint import seen
from facepencil.serving.picture_strokes import advice_on
from facepencil.serving.placing import place
from facepencil.serving.refused import Refused
from facepencil.serving.served_models import ServedModel
from facepencil.serving.stroke_chains import strokes_of_chains
from facepencil.serving.wishes import Wishes, tell_wishes
from facepencil.strokes.strokes import Strokes

_PATIENCE_S = 30
_SHOWN_PX = 256
"""Side of the picture of stroke widths."""


class Painting:
    """Paints drawings with the models that there are."""

    def __init__(
        self,
        models: Mapping[str, ServedModel],
        certainty: FaceCertainty | None = None,
        finder: Finder | None = None,
    ) -> None:
        """Begin to wait for drawings.

        Args:
            models: by name; the first paints where none is named.
            certainty: tells how sure it is of a face, where its weights are at hand.
            finder: finds the parts by which drawings are placed, where there is one.
        """
        self.batcher = Batcher()
        self._models = models
        self._certainty = certainty
        self._finder = finder

    def entries(self) -> list[ModelEntry]:
        """What there is to choose from; the first paints where none is named."""
        return [model.entry for model in self._models.values()]

    def __call__(self, body: PaintBody) -> PaintReply:
        """Paint one drawing.

        Raises:
            Refused: no such model, or it cannot do what is asked.
        """
        model = self._chosen(body.model)
        _check_options(body, model.entry)
        strokes, advice = self._placed(body)
        sketch = seen(strokes, model.entry.size_px)
        told = tell_wishes(model.painter, _wishes(body))
        face = self.batcher.submit(model, sketch, told).result(_PATIENCE_S)
        extra = {"attention": _data_url(_widths(model, sketch))} if body.attention else {}
        return PaintReply(
            model=model.entry.name,
            sha256=model.entry.sha256,
            size_px=model.entry.size_px,
            face=_data_url(face),
            advice=advice,
            certain=self._certainty(face) if self._certainty else None,
            **extra,
        )

    def _placed(self, body: PaintBody) -> tuple[Strokes, str]:
        """The drawing where it is to be painted, and what a person should know of it."""
        strokes = strokes_of_chains(body.strokes)
        if not body.place:
            return strokes, advice_on(strokes)
        if self._finder is None:
            raise Refused("place: there is no finder of parts; a run of the pipeline makes one")
        placed = place(strokes, self._finder)
        moved = not placed.note.startswith("as drawn")
        return placed.strokes, f"The drawing was placed {placed.note}." if moved else ""

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
            raise Refused(f"{option}: the model {entry.name} does not have it; see /api/models")


def _wishes(body: PaintBody) -> Wishes:
    colours = body.palette.model_dump(exclude_none=True) if body.palette else {}
    return Wishes(USUAL_LEVEL if body.level is None else body.level, colours)


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
