"""Stage `drawings`: drawings of a folder as every model is to see them, refined by degrees."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import cv2
import typer

from facepencil.config.reading import read
from facepencil.images import encode_png
from facepencil.networks.finder_file import Finder, load_finder
from facepencil.progress import track
from facepencil.serving.drawing_file import read_drawing
from facepencil.serving.exemplars import Exemplars, read_exemplars
from facepencil.serving.placing import place
from facepencil.serving.refine import refine
from facepencil.store import write_shard
from facepencil.strokes.raster import rasterize
from facepencil.strokes.strokes import Strokes
from pipeline import layout
from pipeline.graph import SPLIT_FILE, find_job
from pipeline.launch import launch
from pipeline.reads import DrawingsReads


def name_drawings(files: Sequence[Path], folder: Path) -> dict[str, Path]:
    """Drawings by name: the path below the folder, without its ending.

    Raises:
        ValueError: two drawings have one name.
    """
    found: dict[str, Path] = {}
    for path in files:
        name = path.relative_to(folder).with_suffix("").as_posix()
        if found.setdefault(name, path) != path:
            raise ValueError(f"{found[name]} and {path}: expected drawings of different names")
    return found


def read_split(path: Path | None) -> dict[str, str]:
    """By the name of a drawing (`careful/ada`) the part of the set it belongs to.

    Raises:
        ValueError: the file has no columns `path` and `split`.
    """
    if path is None:
        return {}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    if any(not {"path", "split"} <= row.keys() for row in rows):
        raise ValueError(f"{path}: expected the columns path and split")
    return {Path(row["path"]).with_suffix("").as_posix(): row["split"] for row in rows}


def draw_all(
    drawings: Mapping[str, Path],
    parts: Mapping[str, str],
    out: Path,
    finder: Finder,
    known: Exemplars,
    reads: DrawingsReads,
) -> int:
    """Write the shard `out` of drawings, each placed and then refined by every share.

    Args:
        drawings: files by name.
        parts: of the set, by name; see `read_split`.
        out: members are SHARE/NAME.png, black on white.
        finder: places them.
        known: faces that they are refined towards.
        reads: shares of refining, and the pen.

    Returns:
        How many were moved.

    Raises:
        ValueError: a drawing cannot be read, or is empty; names it.
    """
    placed = {name: place(read_drawing(path).strokes, finder) for name, path in drawings.items()}
    strokes = {name: one.strokes for name, one in placed.items()}
    groups = [_group(name, parts.get(name, "")) for name in drawings]
    index = {"shares": reads.drawings.refine, "ids": list(drawings), "groups": groups}
    write_shard(out, _members(strokes, known, reads), index)
    return sum(bool(one.said) for one in placed.values())


def _group(name: str, part: str) -> str:
    folder = Path(name).parent.name or "drawings"
    return f"{folder}, {part}" if part else folder


def _members(
    drawings: Mapping[str, Strokes], known: Exemplars, reads: DrawingsReads
) -> Iterator[tuple[str, bytes]]:
    size, line_px = reads.sketch.size, reads.deform.line_px
    for share in reads.drawings.refine:
        for name, strokes in track(drawings.items(), f"refine {share:g}", len(drawings), "drawing"):
            drawn = refine(strokes, share, known)
            raster = 255 - rasterize(drawn.points, drawn.segments, size, line_px)
            yield f"{share:g}/{name}.png", encode_png(raster)


def main(
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Read the drawings of a folder, place them by their parts and refine them by degrees.

    Reads what lies in drawings.folder, models/finder.safetensors and models/exemplars.npz; writes
    data/drawings.zip. A file split.csv in the folder, with the columns path and split, tells apart
    the drawings that choices are made by and those looked at last.
    """
    cv2.setNumThreads(1)
    job = find_job(params, "drawings")
    reads = read(params, DrawingsReads)
    finder, exemplars, *files = job.inputs
    folder = Path(str(reads.drawings.folder))
    split = [path for path in files if path == folder / SPLIT_FILE]
    drawings = name_drawings([path for path in files if path not in split], folder)
    parts = read_split(split[0] if split else None)
    models = load_finder(finder), read_exemplars(exemplars)
    moved = draw_all(drawings, parts, job.outputs[0], *models, reads)
    return f"{len(drawings)} drawings, {moved} of them moved"


if __name__ == "__main__":
    launch(main)
