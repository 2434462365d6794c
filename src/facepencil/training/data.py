"""Photos and strokes in memory, and the endless stream of training batches made from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from facepencil.config import DeformParams, ModelParams, SplitParams, TrainParams
from facepencil.images import Image, decode_png, resize
from facepencil.seeds import rng_of, unit_of
from facepencil.sketch.contrast import painter_input
from facepencil.sketch.deform import deform
from facepencil.sketch.raster import rasterize
from facepencil.sketch.strokes import Strokes, read_strokes
from facepencil.split import Split, split_of
from facepencil.store import Shard, ShardError

View = Literal["pair", "mixed", "aligned"]
"""Which sketches of a photo are seen: S_syn and S_dfm, one of them in turn, or S_syn alone."""


@dataclass(frozen=True)
class FaceSet:
    """One part of the split, sorted by face id, so that the number of shards leaves no trace.

    Attributes:
        ids: N face ids.
        photos: (N, S, S, 3) uint8 RGB.
        strokes: N sketches on the 512 px canvas.
    """

    ids: Sequence[str]
    photos: Image
    strokes: Sequence[Strokes]


@dataclass(frozen=True)
class Batch:
    """What one step sees.

    Attributes:
        sketches: one or two (`View`) of (N, 1, S, S) in [0, 1], stroke 1: S_syn, then S_dfm.
        photos: (N, 3, S, S) in [-1, 1].
    """

    sketches: Sequence[Tensor]
    photos: Tensor


@dataclass(frozen=True)
class Pen:
    """How strokes are drawn for the painter.

    Attributes:
        raster_px: side of the raster before it is shrunk (`sketch.size`).
        size: side of the painted face, px.
        deform: probability of an offset, and width of the lines.
    """

    raster_px: int
    size: int
    deform: DeformParams

    def draw(
        self, strokes: Strokes, deform_px: float, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """(size, size) in [0, 1], deformed by `deform_px` on the 512 px canvas."""
        points = deform(strokes, deform_px, self.deform.probability, rng)
        raster = rasterize(points, strokes.segments, self.raster_px, self.deform.line_px)
        return painter_input(raster, self.size)


def choose_view(model: ModelParams, train: TrainParams) -> View:
    """The sketches a variant sees: both for two generators, else as `train.sketches` says."""
    if model.kind == "dual":
        return "pair"
    return "mixed" if train.sketches == "both" else "aligned"


def ids_of(faces: Sequence[Path], part: Split, seed: int, shares: SplitParams) -> list[str]:
    """Sorted ids of the faces of one part of the split, from the shards' indices."""
    entries = [entry for path in faces for entry in _index_of(path)]
    return sorted(
        entry["id"]
        for entry in entries
        if split_of(entry["photo"], seed, shares, entry.get("split")) == part
    )


def load_strokes(paths: Sequence[Path], ids: Sequence[str]) -> list[Strokes]:
    """Strokes of `ids`, in that order.

    Raises:
        ShardError: a face has no strokes.
    """
    drawn = {name: strokes for path in paths for name, strokes in read_strokes(path).items()}
    missing = [name for name in ids if name not in drawn]
    if missing:
        raise ShardError(f"{[str(path) for path in paths]}: no strokes of the faces {missing[:3]}")
    return [drawn[name] for name in ids]


def load_faces(
    faces: Sequence[Path], strokes: Sequence[Path], ids: Sequence[str], size: int
) -> FaceSet:
    """Read the photos of `ids` into one array, with their strokes: 3 * size^2 bytes a photo.

    Args:
        faces: shards of aligned crops.
        strokes: the strokes of the same shards.
        ids: the wanted faces, as of `ids_of`.
        size: side the photos are brought to, px.

    Raises:
        ShardError: a shard is damaged, or a face has no strokes.
    """
    photos = np.zeros((len(ids), size, size, 3), np.uint8)
    places = {name: place for place, name in enumerate(ids)}
    for path in faces:
        with Shard(path) as shard:
            for name in [face["id"] for face in shard.index["faces"] if face["id"] in places]:
                photos[places[name]] = resize(decode_png(shard.read(f"{name}.png")), size)
    return FaceSet(ids, photos, load_strokes(strokes, ids))


def _index_of(path: Path) -> list[dict[str, Any]]:
    with Shard(path) as shard:
        return list(shard.index["faces"])


def photo_tensor(photos: Image) -> Tensor:
    """(N, S, S, 3) uint8 to (N, 3, S, S) float32 in [-1, 1], channels last in memory."""
    return torch.from_numpy(photos).permute(0, 3, 1, 2).float().div(127.5).sub(1)


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

    def __init__(self, faces: FaceSet, pen: Pen, view: View, train: TrainParams, seed: int) -> None:
        """Draw from `faces` with `pen`, deformed and mirrored as `train` says.

        Raises:
            ValueError: there are no faces.
        """
        if not faces.ids:
            raise ValueError("no faces to train on: expected some in the train part of the split")
        self._faces, self._pen, self._view = faces, pen, view
        self._train, self._seed = train, seed
        self._passes = Passes(len(faces.ids), seed)

    def batch(self, first: int) -> Batch:
        """Samples `first` to `first + train.batch - 1`."""
        drawn = [self._sample(*self._passes.place(first + k)) for k in range(self._train.batch)]
        photos = photo_tensor(np.stack([photo for photo, _ in drawn]))
        sketches = [
            torch.from_numpy(np.stack(kind))[:, None]
            for kind in zip(*(views for _, views in drawn), strict=True)
        ]
        return Batch(sketches, photos)

    def _sample(self, turn: int, place: int) -> tuple[Image, list[NDArray[np.float32]]]:
        name, strokes = self._faces.ids[place], self._faces.strokes[place]
        mirrored = self._train.flip and unit_of(self._seed, "flip", name, turn) < 0.5
        step = -1 if mirrored else 1
        rng = rng_of(self._seed, "train", name, turn)
        views = [self._pen.draw(strokes, d, rng)[:, ::step] for d in self._levels(name, turn)]
        return self._faces.photos[place][:, ::step], views

    def _levels(self, name: str, turn: int) -> list[float]:
        if self._view == "pair":
            return [0.0, self._train.deform_px]
        # In turn, not at random: over two passes each photo comes once with either sketch.
        odd = (turn + (unit_of(self._seed, "turn", name) < 0.5)) % 2
        deformed = self._view == "mixed" and odd
        return [self._train.deform_px if deformed else 0.0]
