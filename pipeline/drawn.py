"""Stage `drawn`: the faces that a model paints from drawings, and their scores."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import torch
import typer

from facepencil.config.reading import read
from facepencil.config.section import Precision
from facepencil.device import forward_in, prepare_device
from facepencil.evaluation.drawn import score_drawn
from facepencil.evaluation.drawn_record import Drawn
from facepencil.evaluation.observers import load_networks
from facepencil.evaluation.photo_features import PAPER, read_reference
from facepencil.evaluation.scores import Judge
from facepencil.images import Image, decode_png, encode_png, resize
from facepencil.networks.painter import Painter, load_painter
from facepencil.progress import track
from facepencil.serving.wishes import NO_WISHES, tell_wishes
from facepencil.sketch.thin import thin
from facepencil.store import Shard, write_shard, write_text
from facepencil.strokes.pen import painter_input
from facepencil.tensors import photo_pixels
from pipeline import layout
from pipeline.graph import find_job
from pipeline.launch import launch
from pipeline.reads import EvaluateReads


@torch.inference_mode()
def paint_sketches(painter: Painter, sketches: Image, precision: Precision, label: str) -> Image:
    """Faces (N, S, S, 3) of sketches (N, L, L), black on white: one at a time, as by default."""
    faces, told = [], tell_wishes(painter, NO_WISHES)
    for sketch in track(sketches, label, len(sketches), "drawing"):
        seen = torch.from_numpy(painter_input(255 - sketch, painter.model.size))[None, None]
        with forward_in(precision, torch.device("cpu")):
            faces.append(photo_pixels(painter.net(seen, told).image))
    return np.concatenate(faces)


def read_sketches(drawings: Path) -> tuple[list[str], list[str], dict[str, Image]]:
    """Names, groups, and by share of refining the sketches (N, L, L) of a shard of `drawings`.

    Raises:
        ShardError: the shard is damaged.
    """
    with Shard(drawings) as shard:
        ids, shares = shard.index["ids"], [f"{share:g}" for share in shard.index["shares"]]
        sketches = {
            share: np.stack([decode_png(shard.read(f"{share}/{name}.png")) for name in ids])
            for share in shares
        }
        return ids, shard.index["groups"], sketches


def line_masks(sketches: Image, size: int) -> torch.Tensor:
    """Lines (N, size, size), bool, one pixel wide, of sketches (N, L, L)."""
    return torch.from_numpy(np.stack([thin(resize(one, size) < PAPER) for one in sketches]))


def write_faces(out: Path, ids: list[str], faces: Mapping[str, Image]) -> None:
    """Write a shard of faces by share of refining: SHARE/NAME.png."""
    members = (
        (f"{share}/{name}.png", encode_png(face))
        for share, every in faces.items()
        for name, face in zip(ids, every, strict=True)
    )
    write_shard(out, members, {"ids": ids, "shares": list(faces)})


def main(
    variant: Annotated[str, typer.Option(help="name out of `variants` of the params file")],
    seed: Annotated[int, typer.Option(min=0, help="training seed of the model")],
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> str:
    """Paint the drawings with one model, and score what comes out.

    Reads models/VARIANT/SEED.safetensors, data/drawings.zip, data/reference and data/weights;
    writes results/drawn/VARIANT/SEED.json and results/drawn/VARIANT/SEED.zip.
    """
    job = find_job(params, "drawn", variant=variant, seed=seed)
    reads = read(params, EvaluateReads, job.variant)
    known = reads.evaluate
    cv2.setNumThreads(known.threads)
    device = prepare_device(known.threads, known.precision)
    model, drawings, reference, *_ = job.inputs
    judge = Judge(load_networks(layout.weights, known.inception, reads.crop, reads.sketch), device)
    ids, groups, sketches = read_sketches(drawings)
    painter, real = load_painter(model), read_reference(reference)
    faces = {
        share: paint_sketches(painter, some, known.precision, f"{variant}, refine {share}")
        for share, some in sketches.items()
    }
    shares = {
        share: score_drawn(
            judge, painted, line_masks(sketches[share], reads.sketch.size), groups, real
        )
        for share, painted in faces.items()
    }
    sha256 = hashlib.sha256(model.read_bytes()).hexdigest()
    found = Drawn(
        variant=variant, seed=seed, model_sha256=sha256, ids=ids, groups=groups, shares=shares
    )
    scores, pictures = job.outputs
    write_faces(pictures, ids, faces)
    write_text(scores, found.text())
    seen = ", ".join(f"{np.mean(one.presence):.0%} at {share}" for share, one in shares.items())
    return f"{len(ids)} drawings; faces seen: {seen}"


if __name__ == "__main__":
    launch(main)
