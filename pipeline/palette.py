"""Stage `palette`: the colours of hair, skin and ground of aligned faces."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

from facepencil.colours import Colours
from facepencil.data.palettes import write_palettes
from facepencil.images import Image, decode_png
from facepencil.pretrained.face_mesh import FaceMesh
from facepencil.pretrained.person_mask import PersonMask
from facepencil.progress import track
from facepencil.sketch.extract import TRUSTED
from facepencil.sketch.palette import find_palette
from facepencil.store import Shard
from pipeline import layout
from pipeline.graph import find_job
from pipeline.launch import launch


def palette_shard(faces: Path, mesh: FaceMesh, person: PersonMask, out: Path) -> dict[str, Colours]:
    """Write the palettes of all faces of a shard; returns them by id.

    Raises:
        ShardError: `faces` is not a whole shard.
    """
    with Shard(faces) as shard:
        names = [face["id"] for face in shard.index["faces"]]
        found = {
            name: _palette(decode_png(shard.read(f"{name}.png")), mesh, person)
            for name in track(names, "palette", len(names))
        }
    write_palettes(out, found)
    return found


def _palette(rgb: Image, mesh: FaceMesh, person: PersonMask) -> Colours:
    seen = mesh(rgb)
    points = np.ascontiguousarray(seen.points[:, :2]) if seen.presence >= TRUSTED else None
    return find_palette(rgb, person(rgb), points)


def main(
    shard: Annotated[int, typer.Option(min=0, help="shard of faces, counted from 0")],
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Find the colours of hair, skin and ground of the faces of one shard.

    Reads data/faces/SHARD.zip and data/weights/{face_mesh,person_mask}.tflite, writes
    data/palettes/SHARD.json. A colour that was not seen where it should be is listed as guessed.
    """
    cv2.setNumThreads(1)
    job = find_job(params, "palette", shard=shard)
    faces, mesh, person = job.inputs
    found = palette_shard(faces, FaceMesh(mesh), PersonMask(person), job.outputs[0])
    guessed = Counter(part for one in found.values() for part in one.guessed)
    parts = [f"{len(found)} palettes"]
    parts += [f"{count} with a guess at the {part}" for part, count in guessed.most_common()]
    return ", ".join(parts)


if __name__ == "__main__":
    launch(main)
