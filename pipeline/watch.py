"""Connects a training to those who watch it; nothing here touches its result."""

from pathlib import Path

from facepencil.config.params import load_params
from facepencil.config.section import Section
from facepencil.config.watch import WatchParams
from facepencil.tracking.run import Tracker
from facepencil.tracking.server import EXPERIMENT
from facepencil.training.watcher import Line, Reports
from pipeline import layout
from pipeline.graph import Job


class WatchReads(Section):
    """How often something is told, shown and saved."""

    watch: WatchParams


def track_training(params: Path, job: Job, mark: str) -> Tracker:
    """The run of a training in MLflow, with all params as they are for its variant.

    Among them its `variant` and `seed`; the seed of the params file is `global_seed` there.

    Args:
        params: the params file.
        job: the training.
        mark: its fingerprint; a run that has it is continued.
    """
    variant, seed = str(job.options["variant"]), str(job.options["seed"])
    every = load_params(params)
    settings = every.of_variant(variant).model_dump(exclude={"variants", "seed", "run"})
    settings |= {"variant": variant, "seed": seed, "global_seed": every.seed}
    tags = {"fingerprint": mark, "variant": variant, "seed": seed}
    return Tracker.start(EXPERIMENT, f"{variant}/{seed}", settings, tags, layout.TRACKING)


def training_reports(run: Tracker) -> Reports:
    """What a training tells, told to MLflow."""

    def log(line: Line) -> None:
        found = {name if "/" in name else f"train/{name}": line[name] for name in line}
        del found["train/photos"]
        run.metrics(found, int(line["photos"]))

    return Reports(log, lambda path: run.image(path, "samples"))
