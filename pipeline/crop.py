"""Stage `crop`: raw photos to aligned square faces."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

from facepencil.config.crop import CropParams
from facepencil.config.reading import read
from facepencil.faces.align import (
    Matrix,
    Points,
    crop_face,
    crop_labels,
    similarity,
    template,
    transform_points,
)
from facepencil.faces.decode import PhotoError, decode
from facepencil.faces.detect import Detector, Face
from facepencil.images import Image, decode_png, encode_png
from facepencil.progress import track
from facepencil.rejects import UNUSABLE, reject
from facepencil.store import Entry, Shard, write_shard
from pipeline import layout
from pipeline.graph import find_job
from pipeline.launch import launch
from pipeline.reads import CropReads


def crop(raw: Path, weights: Path, faces: Path, params: CropParams) -> Entry:
    """Write the shard `faces` of crops of the shard `raw`; returns its index.

    Every photo of `raw` is behind an entry of the index: `faces` (id, photo, box and score in the
    photo, points in the crop, split and group if the photo has them) or `rejects` (id, reason).

    Raises:
        ShardError: `raw` is not a whole shard.
        FileNotFoundError: no detector at `weights`.
    """
    detector = Detector(weights, params.score)
    with Shard(raw) as shard:
        rejects = list(shard.index.get("rejects", []))
        index: Entry = {"size": params.size, "faces": [], "rejects": rejects}
        write_shard(faces, _members(shard, detector, params, index), index)
    return index


def _members(
    shard: Shard, detector: Detector, params: CropParams, index: Entry
) -> Iterator[tuple[str, bytes]]:
    photos = shard.index["photos"]
    for photo in track(photos, "crop", len(photos)):
        data = shard.read(photo["file"])
        mask = shard.read(photo["mask"]) if "mask" in photo else None
        try:
            faces, members = _faces(photo, decode(data), _labels(mask), detector, params)
        except UNUSABLE as error:
            index["rejects"].append(reject(photo["id"], error))
            continue
        index["faces"] += faces
        yield from members


def _labels(mask: bytes | None) -> Image | None:
    if mask is None:
        return None
    try:
        labels = decode_png(mask)
    except ValueError as error:
        raise PhotoError(f"mask: {error}") from error
    if labels.ndim != 2:
        raise PhotoError(f"mask: expected one channel, got {labels.shape[2]}")
    return labels


def _faces(
    photo: Entry, image: Image, labels: Image | None, detector: Detector, params: CropParams
) -> tuple[list[Entry], list[tuple[str, bytes]]]:
    """Entries and files of the faces of a photo; all of them or an error."""
    found = _chosen(detector.detect(image), params)
    entries: list[Entry] = []
    members: list[tuple[str, bytes]] = []
    for number, face in enumerate(found):
        name = photo["id"] if len(found) == 1 else f"{photo['id']}-{number}"
        points = detector.refine(image, face).points
        matrix = similarity(points, template(params.size, params.face_fraction))
        entries.append(_entry(name, photo, face, transform_points(points, matrix)))
        members += _crops(name, image, labels, matrix, params.size)
    return entries, members


def _crops(
    name: str, image: Image, labels: Image | None, matrix: Matrix, size: int
) -> Iterator[tuple[str, bytes]]:
    yield f"{name}.png", encode_png(crop_face(image, matrix, size))
    if labels is not None:
        mask = crop_labels(labels, matrix, size, image.shape[:2])
        yield f"{name}.mask.png", encode_png(mask)


def _chosen(found: list[Face], params: CropParams) -> list[Face]:
    """Faces to use, out of those `found`, largest first."""
    if not found:
        raise PhotoError("no face found")
    faces = [face for face in found if max(face.box[2:]) >= params.min_face_px]
    if not faces:
        raise PhotoError(f"largest face below {params.min_face_px} px (crop.min_face_px)")
    if len(faces) > 1 and params.faces == "reject":
        raise PhotoError("several faces (crop.faces is `reject`)")
    return faces if params.faces == "all" else faces[:1]


def _entry(name: str, photo: Entry, face: Face, points: Points) -> Entry:
    entry = {
        "id": name,
        "photo": photo["id"],
        "box": [round(value, 2) for value in face.box],
        "points": np.round(points, 2).tolist(),
        "score": round(face.score, 4),
    }
    return entry | {key: photo[key] for key in ("split", "group") if key in photo}


def summary(index: Entry) -> str:
    """How many photos were used, and how many not for which reason."""
    reasons = Counter(reject["reason"] for reject in index["rejects"])
    rejected = [f"{count} rejected ({reason})" for reason, count in reasons.most_common()]
    return ", ".join([f"{len(index['faces'])} faces", *rejected])


def main(
    shard: Annotated[int, typer.Option(min=0, help="shard of photos, counted from 0")],
    params: Annotated[Path, typer.Option(help="params file; of it, section crop")] = layout.PARAMS,
) -> str:
    """Detect and align the faces of one shard of photos.

    Reads data/raw/SHARD.zip and data/weights/yunet.onnx, writes data/faces/SHARD.zip.
    """
    # One thread a job: engines run shards side by side.
    cv2.setNumThreads(1)
    job = find_job(params, "crop", shard=shard)
    (raw, yunet), (out,) = job.inputs, job.outputs
    return summary(crop(raw, yunet, out, read(params, CropReads).crop))


if __name__ == "__main__":
    launch(main)
