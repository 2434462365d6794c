"""The endless stream of training batches, drawn afresh from photos and strokes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from facepencil.config.model import ModelParams
from facepencil.config.train import TrainParams
from facepencil.data.augment import draw_augmentation
from facepencil.data.face_set import FaceSet
from facepencil.images import Image
from facepencil.networks.told import UNTOLD, jitter_strength, tell
from facepencil.seeds import rng_of, unit_of
from facepencil.strokes.kinds import change_by
from facepencil.strokes.pen import Pen
from facepencil.strokes.strokes import Strokes
from facepencil.tensors import photo_values

View = Literal["pair", "mixed", "aligned"]
"""Which sketches of a photo are seen: S_syn and S_dfm, one of them in turn, or S_syn alone."""


@dataclass(frozen=True)
class Batch:
    """What one step sees.

    Attributes:
        sketches: one or two (`View`) of (N, 1, S, S) in [0, 1], stroke 1: S_syn, then S_dfm.
        photos: (N, 3, S, S) in [-1, 1].
        told: of each view what is told beside it, (N, T); None where nothing is.
    """

    sketches: Sequence[Tensor]
    photos: Tensor
    told: Sequence[Tensor] | None = None

    def parts(self, photos: int) -> "list[Batch]":
        """The batch in pieces of so many photos; the last may have fewer."""
        if photos >= len(self.photos):
            return [self]
        firsts = range(0, len(self.photos), photos)
        return [self._part(slice(first, first + photos)) for first in firsts]

    def _part(self, some: slice) -> "Batch":
        told = self.told and [one[some] for one in self.told]
        return Batch([sketch[some] for sketch in self.sketches], self.photos[some], told)


@dataclass(frozen=True)
class ByteBatch:
    """A batch as it is drawn and moved: in 8 bits, a quarter of what it takes on the device.

    Attributes:
        sketches: one or two of (N, S, S) uint8.
        levels: what their bytes stand for, 256 values.
        photos: (N, S, S, 3) uint8.
        told: as of `Batch`.
    """

    sketches: Sequence[Tensor]
    levels: Tensor
    photos: Tensor
    told: Sequence[Tensor] | None = None

    def pin_memory(self) -> "ByteBatch":
        """In memory that a GPU copies from by itself; called by torch's loader."""
        told = self.told and [one.pin_memory() for one in self.told]
        sketches = [one.pin_memory() for one in self.sketches]
        return ByteBatch(sketches, self.levels.pin_memory(), self.photos.pin_memory(), told)

    def onto(self, device: torch.device) -> Batch:
        """The batch on a device; from pinned memory, the copies go on while others compute."""
        levels, photos, *sketches = (
            one.to(device, non_blocking=True) for one in (self.levels, self.photos, *self.sketches)
        )
        told = self.told and [one.to(device, non_blocking=True) for one in self.told]
        views = [levels[sketch.long()][:, None] for sketch in sketches]
        return Batch(views, photo_values(photos), told)


class _Sample(NamedTuple):
    """A photo and its sketches, with the strength of each one's deformation, and its palette."""

    photo: Image
    views: list[Image]
    strengths: list[float]
    palette: Image | None


def choose_view(model: ModelParams, train: TrainParams) -> View:
    """The sketches a variant sees: both for two generators, else as `train.sketches` says."""
    if model.kind == "dual":
        return "pair"
    return "mixed" if train.sketches == "both" else "aligned"


class Passes:
    """The order in which items are seen: every pass takes all of them, in an order of its own."""

    def __init__(self, count: int, *seed: str | int) -> None:
        """Pass over `count` items; orders depend on `seed` and the pass alone."""
        self._count, self._seed = count, seed
        self._drawn: tuple[int, NDArray[np.int64]] | None = None

    def place(self, sample: int) -> tuple[int, int]:
        """The pass that sample number `sample` falls in, and which item it is."""
        turn, position = divmod(sample, self._count)
        if self._drawn is None or self._drawn[0] != turn:
            order = rng_of(*self._seed, "order", turn).permutation(self._count)
            self._drawn = turn, order
        return turn, int(self._drawn[1][position])


class Stream:
    """Batches without end.

    Sample k depends on the seed, its face and its pass alone: a resumed training, or another number
    of shards, sees the very same ones.
    """

    def __init__(
        self,
        faces: FaceSet,
        pen: Pen,
        view: View,
        train: TrainParams,
        seed: int,
        model: ModelParams = UNTOLD,
    ) -> None:
        """Draw from `faces` with `pen`, deformed, mirrored and augmented as `train` says.

        Photos are of the pen's size, or of `kept_size` where they are turned or shifted.
        `model` says what is told beside the sketches.

        Raises:
            ValueError: there are no faces.
        """
        if not faces.ids:
            raise ValueError("no faces to train on: expected some in the train part of the split")
        self._faces, self._pen, self._view = faces, pen, view
        self._train, self._seed, self._model = train, seed, model
        self._passes = Passes(len(faces.ids), seed)

    def batch(self, first: int) -> Batch:
        """Samples `first` to `first + train.batch - 1`, on the CPU."""
        return self.draw(first, self._train.batch).onto(torch.device("cpu"))

    def draw(self, first: int, count: int) -> ByteBatch:
        """Samples `first` to `first + count - 1`, as they are moved to a device."""
        drawn = [self._sample(*self._passes.place(first + k)) for k in range(count)]
        photos = torch.from_numpy(np.stack([sample.photo for sample in drawn]))
        kinds = zip(*(sample.views for sample in drawn), strict=True)
        sketches = [torch.from_numpy(np.stack(kind)) for kind in kinds]
        return ByteBatch(sketches, torch.from_numpy(self._pen.levels), photos, self._told(drawn))

    def _told(self, drawn: Sequence[_Sample]) -> list[Tensor] | None:
        palettes = [sample.palette for sample in drawn if sample.palette is not None]
        colours = np.stack(palettes) if palettes else None
        views = zip(*(sample.strengths for sample in drawn), strict=True)
        told = [tell(self._model, strengths, colours) for strengths in views]
        return [one for one in told if one is not None] or None

    def _sample(self, turn: int, place: int) -> _Sample:
        name, photo, strokes, palette = self._face(turn, place)
        mirrored = self._train.flip and unit_of(self._seed, "flip", name, turn) < 0.5
        step = -1 if mirrored else 1
        rng = rng_of(self._seed, "train", name, turn)
        drawn = [self._draw(strokes, deformed, rng) for deformed in self._views(name, turn)]
        views = [view[:, ::step] for view, _ in drawn]
        return _Sample(photo[:, ::step], views, [strength for _, strength in drawn], palette)

    def _draw(
        self, strokes: Strokes, deformed: bool, rng: np.random.Generator
    ) -> tuple[Image, float]:
        """A sketch, and the strength of its deformation."""
        kind = self._train.deform_by
        if not deformed or kind == "jitter":
            d = self._train.deform_px if deformed else 0
            return self._pen.draw_bytes(strokes, d, rng), jitter_strength(d)
        strength = rng.random()
        return self._pen.draw_bytes(change_by(kind, strokes, strength, rng), 0, rng), strength

    def _face(self, turn: int, place: int) -> tuple[str, Image, Strokes, Image | None]:
        faces = self._faces
        name, photo, strokes = faces.ids[place], faces.photos[place], faces.strokes[place]
        palette = None if faces.palettes is None else faces.palettes[place]
        # Random numbers of its own: the offsets of the strokes are the same without it.
        change = draw_augmentation(self._train, rng_of(self._seed, "augment", name, turn))
        if change is None:
            return name, photo, strokes, palette
        size = self._pen.size
        coloured = None if palette is None else change.palette(palette, photo, size)
        return name, change.photo(photo, size), change.strokes(strokes), coloured

    def _views(self, name: str, turn: int) -> list[bool]:
        """Of each sketch that is seen, whether it is deformed."""
        if self._view == "pair":
            return [False, True]
        # In turn, not at random: over two passes each photo comes once with either sketch.
        odd = (turn + (unit_of(self._seed, "turn", name) < 0.5)) % 2
        return [self._view == "mixed" and bool(odd)]
