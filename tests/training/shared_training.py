"""A small training that several processes share: torchrun shared_training.py KIT FOLDER.

KIT is a pickled `Kit`; FOLDER gets the state, and from each process that tells something a file.
"""

import pickle
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from facepencil.config.deform import DeformParams
from facepencil.config.model import ModelParams
from facepencil.config.train import TrainParams
from facepencil.config.watch import WatchParams
from facepencil.data.face_set import FaceSet
from facepencil.data.stream import Stream
from facepencil.device import prepare_device
from facepencil.networks.classifier import DeformationClassifier
from facepencil.networks.discriminator import MultiScaleDiscriminator
from facepencil.networks.generator import build_generators
from facepencil.pretrained.lpips import load_lpips
from facepencil.pretrained.vgg import VggFeatures
from facepencil.ranks import Ranks, joined_ranks
from facepencil.strokes.pen import Pen
from facepencil.training.loop import Trainer, TrainingJob, log_text
from facepencil.training.sampler import Sampler
from facepencil.training.step import Networks
from facepencil.training.validation import Validation
from facepencil.training.watcher import Line, Reports

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Kit:
    """All that the training is made of, so that it can be pickled."""

    faces: FaceSet
    vgg: Path
    alexnet: Path
    model: dict[str, Any]
    train: dict[str, Any]

    def job(self, folder: Path, ranks: Ranks) -> TrainingJob:
        """The training, with the same initial weights in every process."""
        model, train = ModelParams(**self.model), TrainParams(**self.train)
        pen = Pen(raster_px=64, size=model.size, deform=DeformParams())
        torch.manual_seed(0)
        networks = Networks(
            build_generators(model, DeformationClassifier(4)),
            MultiScaleDiscriminator(model),
            VggFeatures(self.vgg),
        )
        return TrainingJob(
            label="shared",
            networks=networks,
            stream=Stream(self.faces, pen, "pair", train, seed=0, model=model),
            validation=Validation(self.faces, pen, load_lpips(self.alexnet), CPU, model),
            train=train,
            device=CPU,
            folder=folder,
            sampler=Sampler(self.faces, pen, CPU, model),
            watch=WatchParams(log_every=4, state_every=8, samples_every=16),
            ranks=ranks,
        )


def main(kit: Path, folder: Path) -> None:
    """Train to the end, and write the log."""
    with joined_ranks(prepare_device(1, "float32")) as ranks:

        def tell(line: Line) -> None:
            (folder / f"told-by-{ranks.rank}").touch()

        known: Kit = pickle.loads(kit.read_bytes())
        _, log = Trainer(known.job(folder, ranks), Reports(tell)).run()
        if ranks.first:
            (folder / "log.jsonl").write_text(log_text(log))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
