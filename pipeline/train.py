"""Stage `train`: one variant and seed, from faces and strokes to a painter."""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
import typer

from facepencil.config.params import Params, load_params
from facepencil.data.face_set import ids_of, load_faces
from facepencil.data.stream import Stream, choose_view
from facepencil.device import prepare_device
from facepencil.networks.discriminator import MultiScaleDiscriminator
from facepencil.networks.generator import Generator, build_generators
from facepencil.networks.painter import save_painter
from facepencil.pretrained.lpips import load_lpips
from facepencil.pretrained.vgg import VggDistance
from facepencil.seeds import seed_of
from facepencil.store import write_text
from facepencil.strokes.pen import Pen
from facepencil.tracking.run import Tracker
from facepencil.tracking.server import EXPERIMENT
from facepencil.training.loop import Job, Trainer, log_text
from facepencil.training.pretraining import load_classifier
from facepencil.training.sampler import Sampler
from facepencil.training.step import Networks
from facepencil.training.validation import Validation
from facepencil.training.watcher import Line, Reports
from pipeline import layout
from pipeline.closure import closure, fingerprint


@dataclass(frozen=True)
class Inputs:
    """Files that a training reads."""

    faces: Sequence[Path]
    strokes: Sequence[Path]
    classifier: Path
    vgg: Path
    alexnet: Path

    def data(self) -> list[Path]:
        """The shards."""
        return [*self.faces, *self.strokes]


def train(
    inputs: Inputs, params: Params, variant: str, seed: int, folder: Path, reports: Reports
) -> tuple[Generator, list[Line]]:
    """Train the painter of a variant; its state lies in `folder`, and is resumed from there.

    Raises:
        KeyError: no such variant.
        ShardError: a shard is damaged, or a face has no strokes.
        LossError: a loss became infinite or no number.
    """
    params = params.of_variant(variant)
    model, section = params.model, params.train
    device = prepare_device(section.threads)
    networks = _networks(inputs, params, seed, device)
    pen = Pen(params.sketch.size, model.size, params.deform)
    parts = {
        part: load_faces(
            inputs.faces,
            inputs.strokes,
            ids_of(inputs.faces, part, params.seed, params.split),
            model.size,
        )
        for part in ("train", "val")
    }
    job = Job(
        label=f"{variant}/{seed}",
        networks=networks,
        stream=Stream(parts["train"], pen, choose_view(model, section), section, seed),
        validation=Validation(parts["val"], pen, load_lpips(inputs.alexnet), device),
        train=section,
        device=device,
        folder=folder,
        # So few photos that none is left to watch: then those trained on.
        sampler=Sampler(parts["val"] if parts["val"].ids else parts["train"], pen, device),
        watch=params.watch,
    )
    return Trainer(job, reports).run()


def _networks(inputs: Inputs, params: Params, seed: int, device: torch.device) -> Networks:
    model = params.model
    torch.manual_seed(seed_of(seed, "weights"))
    generators = build_generators(
        model, load_classifier(inputs.classifier, params.classifier.channels)
    )
    return Networks(
        generators.to(device),
        MultiScaleDiscriminator(model).to(device),
        VggDistance(inputs.vgg).to(device),
    )


def job_fingerprint(inputs: Inputs, params: Params, variant: str, seed: int) -> str:
    """Tells trainings apart by inputs, code and all params they use."""
    params = params.of_variant(variant)
    model, section = params.model, params.train
    drawing = (params.sketch.size, params.deform.line_px, params.deform.probability)
    files = [*inputs.data(), inputs.classifier, inputs.vgg, inputs.alexnet, *closure("train")]
    texts = [part.model_dump_json() for part in (params.split, model, section)]
    numbers = (params.seed, *drawing, params.classifier.channels)
    return fingerprint(files, *texts, f"{numbers} {variant} {seed}")


def main(
    variant: Annotated[str, typer.Option(help="one of `variants` in the params file")],
    seed: Annotated[int, typer.Option(min=0, help="training seed")] = 0,
    params: Annotated[Path, typer.Option(help="params file")] = layout.PARAMS,
) -> None:
    """Train one variant with one seed; goes on where a killed training of the same job stopped.

    Reads data/faces/*.zip, data/strokes/*.npz, models/classifier.safetensors and
    data/weights/{vgg16,alexnet}_lpips.ckpt. Writes models/VARIANT/SEED.safetensors, the averaged
    painter, and models/VARIANT/SEED.jsonl, losses and validation scores by photos seen. On the way,
    state/<fingerprint>/ has the states and the sample sheets. Tells MLflow all of it.
    """
    settings = load_params(params)
    if variant not in settings.variants:
        raise typer.BadParameter(f"{variant!r}: {params} has {sorted(settings.variants)}")
    inputs = Inputs(
        [layout.faces(shard) for shard in settings.shards],
        [layout.strokes(shard) for shard in settings.shards],
        layout.classifier(),
        layout.weights("vgg16_lpips.ckpt"),
        layout.weights("alexnet_lpips.ckpt"),
    )
    mark = job_fingerprint(inputs, settings, variant, seed)
    folder = layout.STATE / mark
    tags = {"fingerprint": mark, "variant": variant, "seed": str(seed)}
    with Tracker.start(
        EXPERIMENT,
        f"{variant}/{seed}",
        _resolved(settings, variant),
        tags,
        layout.STATE / "tracking",
    ) as run:
        run.dataset(
            settings.download.source, fingerprint(inputs.data()), str(inputs.faces[0].parent)
        )
        painter, log = train(inputs, settings, variant, seed, folder, _reports(run))
        write_text(layout.training_log(variant, seed), log_text(log))
        path = layout.model(variant, seed)
        save_painter(path, painter, settings.of_variant(variant).model, {"variant": variant})
        run.tag("model_sha256", hashlib.sha256(path.read_bytes()).hexdigest())
        run.artifact(path)
        run.artifact(layout.training_log(variant, seed))
    shutil.rmtree(folder, ignore_errors=True)
    typer.echo(f"{variant}/{seed}: {path}")


def _resolved(params: Params, variant: str) -> dict[str, object]:
    """All params, with the variant's overrides in place."""
    return params.of_variant(variant).model_dump(exclude={"variants"})


def _reports(run: Tracker) -> Reports:
    def log(line: Line) -> None:
        found = {name if "/" in name else f"train/{name}": line[name] for name in line}
        del found["train/photos"]
        run.metrics(found, int(line["photos"]))

    return Reports(log, lambda path: run.image(path, "samples"))


if __name__ == "__main__":
    typer.run(main)
