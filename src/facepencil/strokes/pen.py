"""The pen: strokes to a raster, and the raster to the input of a painter."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facepencil.config.deform import PenParams
from facepencil.images import Image, resize
from facepencil.seeds import rng_of
from facepencil.strokes.deform import deform
from facepencil.strokes.kinds import change_by
from facepencil.strokes.raster import rasterize
from facepencil.strokes.strokes import Strokes


@dataclass(frozen=True)
class Pen:
    """How strokes are drawn for a painter.

    Attributes:
        raster_px: side of the raster before it is shrunk (`sketch.size`).
        size: side of the painted face, px.
        deform: probability of an offset, and width of the lines.
    """

    raster_px: int
    size: int
    deform: PenParams

    def draw(
        self, strokes: Strokes, deform_px: float, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Input of a painter: (size, size) in [0, 1], stroke 1 and paper 0.

        Takes the arguments of `raster`.
        """
        return painter_input(self.raster(strokes, deform_px, rng), self.size)

    def draw_bytes(self, strokes: Strokes, deform_px: float, rng: np.random.Generator) -> Image:
        """As `draw`, in 8 bits: (size, size) uint8, of which `levels` has the values."""
        return shrunken(self.raster(strokes, deform_px, rng), self.size)

    @property
    def levels(self) -> NDArray[np.float32]:
        """What each byte of `draw_bytes` stands for: 256 values in [0, 1]."""
        return contrast(np.arange(256, dtype=np.uint8), self.raster_px / self.size)

    def raster(self, strokes: Strokes, deform_px: float, rng: np.random.Generator) -> Image:
        """Lines without anti-aliasing: (raster_px, raster_px) uint8, stroke 255 and paper 0.

        Args:
            strokes: the untouched strokes.
            deform_px: d, px on the 512 px canvas; 0 leaves them as they are.
            rng: seeded by what is drawn, never by the order of drawing.
        """
        points = deform(strokes, deform_px, self.deform.probability, rng)
        return rasterize(points, strokes.segments, self.raster_px, self.deform.line_px)


STRENGTHS = {1: 1 / 3, 2: 2 / 3, 3: 1.0}
"""At which a kind of deformation is tested."""


def change_names(kinds: Sequence[str]) -> list[str]:
    """How the test sketches are changed: `drop-1` is the kind `drop` at the first strength."""
    return [f"{kind}-{step}" for kind in kinds for step in STRENGTHS]


@dataclass(frozen=True)
class TestSketcher:
    """Draws the fixed sketches of the test set: each depends on seed, face and level alone."""

    __test__ = False  # no test case for pytest

    seed: int
    pen: Pen

    def draw(self, name: str, strokes: Strokes, level: float) -> Image:
        """The sketch of a face at a level d, as it lies in files: black on white."""
        rng = rng_of(self.seed, "deform", name, float(level))
        return 255 - self.pen.raster(strokes, level, rng)

    def draw_changed(self, name: str, strokes: Strokes, change: str) -> Image:
        """The sketch of a face changed as one of `change_names` says: black on white."""
        kind, _, step = change.partition("-")
        rng = rng_of(self.seed, "deform", name, change)
        return 255 - self.pen.raster(change_by(kind, strokes, STRENGTHS[int(step)], rng), 0, rng)


def painter_input(raster: Image, size: int) -> NDArray[np.float32]:
    """Shrink a raster to the painter's size, keeping lines at full contrast.

    Area averaging keeps sub-pixel positions as grey levels, but fades lines by the factor of
    shrinking, so the result is multiplied by it. Training, evaluation and the drawing page all
    use this function.

    Args:
        raster: (S, S) uint8, stroke 255 and paper 0, S >= `size`.
        size: side of the painted face, px.

    Returns:
        (size, size) float32 in [0, 1], stroke 1 and paper 0.

    Raises:
        ValueError: the raster is smaller than `size`.
    """
    return contrast(shrunken(raster, size), raster.shape[0] / size)


def shrunken(raster: Image, size: int) -> Image:
    """A raster (S, S) uint8 at the painter's size, before its contrast is restored.

    Raises:
        ValueError: the raster is smaller than `size`.
    """
    if raster.shape[0] < size:
        raise ValueError(f"sketch of {raster.shape[0]} px: expected at least {size} px")
    return resize(raster, size)


def contrast(shrunk: Image, gain: float) -> NDArray[np.float32]:
    """Bytes of a raster shrunk by `gain` to values in [0, 1], the same for each byte."""
    return np.asarray(np.minimum(shrunk * (gain / 255), 1), np.float32)
