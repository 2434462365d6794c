"""Stage `dataset`: which faces are trained on, validated on and tested on, and where they lie."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from facepencil.config.reading import read
from facepencil.config.split import SplitParams
from facepencil.data.sets import faces_by_part, list_faces, write_face_list
from pipeline import layout
from pipeline.graph import find_job
from pipeline.launch import launch
from pipeline.reads import DatasetReads


def dataset(
    shards: Sequence[Path], outputs: Sequence[Path], seed: int, split: SplitParams
) -> dict[str, int]:
    """Write the lists of the faces to train on and to test on; returns the size of each part.

    Args:
        shards: of crops, of their strokes, and of their test sketches, equally many of each.
        outputs: the list of training and validation faces, and that of test faces.
        seed: of the split.
        split: shares of the parts.

    Raises:
        ShardError: a shard is damaged.
    """
    count = len(shards) // 3
    faces, strokes, deformed = shards[:count], shards[count : 2 * count], shards[2 * count :]
    ids = faces_by_part(faces, strokes, seed, split)
    seen = {part: ids[part] for part in ("train", "val")}
    write_face_list(outputs[0], list_faces(seen, faces, strokes))
    write_face_list(outputs[1], list_faces({"test": ids["test"]}, faces, deformed))
    return {part: len(names) for part, names in ids.items()}


def main(
    drawing: Annotated[str, typer.Option(help="folder of another way of drawing")] = "",
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """List the faces of each part of the split, with the shards that hold them.

    Reads data/faces/*.zip, data/strokes/*.npz and data/deformed/*.zip, writes
    data/sets/train.json and data/sets/test.json.
    """
    job = find_job(params, "dataset", drawing=drawing)
    known = read(params, DatasetReads, job.variant)
    sizes = dataset(job.inputs, job.outputs, known.seed, known.split)
    return ", ".join(f"{size} {part}" for part, size in sizes.items() if size)


if __name__ == "__main__":
    launch(main)
