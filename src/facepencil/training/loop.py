"""From first to last photo: stages, average, log, sample sheets, state."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch

from facepencil.config.train import TrainParams
from facepencil.config.watch import WatchParams
from facepencil.data.stream import Batch, Stream
from facepencil.images import encode_png
from facepencil.networks.generator import Generator
from facepencil.training.checkpoint import load_state, save_state
from facepencil.training.ema import averaged
from facepencil.training.monitor import Means, ProgressLine
from facepencil.training.sampler import Sampler
from facepencil.training.schedule import Stage, plan_stages
from facepencil.training.step import AdversarialStep, Networks

STATE_FILE = "state.pt"
Line = dict[str, float]
"""A line of the log: photos seen, stage, learning rate and mean losses since the line before."""


@dataclass(frozen=True)
class Reports:
    """Whom to tell: a tracker, or nobody."""

    log: Callable[[Line], None] = lambda line: None
    sheet: Callable[[Path], None] = lambda path: None


@dataclass(frozen=True)
class Job:
    """What is trained, on what, how, and where its state lies.

    Attributes:
        label: shown in the progress line.
        networks: with their initial weights, on `device`.
        stream: the training batches.
        sampler: paints the sample sheets.
        train: losses and schedule.
        watch: what is logged, shown and saved on the way.
        device: of networks and batches.
        folder: of this job alone: its name depends on inputs, params and code.
    """

    label: str
    networks: Networks
    stream: Stream
    sampler: Sampler
    train: TrainParams
    watch: WatchParams
    device: torch.device
    folder: Path


class Trainer:
    """Runs a job; a killed one goes on from its last state and ends with the same bits."""

    def __init__(self, job: Job, reports: Reports) -> None:
        """Start at the beginning, or where the job's folder says."""
        self._job, self._reports = job, reports
        self._seen = 0
        self._means = Means()
        self._ema = averaged(job.networks.generators.painter, job.train.ema)
        self._log: list[Line] = []
        self._resumed = load_state(job.folder / STATE_FILE, job.device)
        if self._resumed:
            self._restore(self._resumed)

    def run(self) -> tuple[Generator, list[Line]]:
        """Train to the end; returns the averaged painter and the log."""
        job = self._job
        single = job.networks.generators.auxiliary is None
        stages = plan_stages(job.train.stages, job.train.batch, single)
        line = ProgressLine(job.label, stages[-1].last if stages else 0, self._seen)
        for stage in stages:
            if self._seen < stage.last:
                self._run_stage(stage, line)
        line.close()
        return self._painter, self._log

    @property
    def _painter(self) -> Generator:
        return cast(Generator, self._ema.module)

    def _run_stage(self, stage: Stage, line: ProgressLine) -> None:
        job, train = self._job, self._job.train
        step = AdversarialStep(job.networks, train, stage.number)
        if self._resumed and self._resumed["stage"] == stage.number:
            for optimizer, state in zip(step.optimizers, self._resumed["optimizers"], strict=True):
                optimizer.load_state_dict(state)
        while self._seen < stage.last:
            rate = stage.learning_rate(self._seen, train.learning_rate)
            losses = step(_onto(job.device, job.stream.batch(self._seen)), rate)
            self._seen += train.batch
            self._ema.update_parameters(job.networks.generators.painter)
            self._means.add(losses, self._seen)
            line.show(self._seen, losses)
            self._note(stage, rate, step)

    def _note(self, stage: Stage, rate: float, step: AdversarialStep) -> None:
        """Log, sheet and state, each where its interval ends; the state last, with the log in."""
        watch, last = self._job.watch, self._seen == stage.last
        if last or self._passed(watch.log_every):
            facts = {"photos": self._seen, "stage": stage.number, "learning_rate": rate}
            self._log.append(facts | self._means.take())
            self._reports.log(self._log[-1])
        if last or self._passed(watch.samples_every):
            self._write_sheet()
        if last or self._passed(watch.state_every):
            save_state(self._job.folder / STATE_FILE, self._state(stage, step))

    def _passed(self, every: int) -> bool:
        return self._seen // every > (self._seen - self._job.train.batch) // every

    def _write_sheet(self) -> None:
        path = self._job.folder / "samples" / f"{self._seen:08d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_png(self._job.sampler.sheet(self._painter)))
        self._reports.sheet(path)

    def _state(self, stage: Stage, step: AdversarialStep) -> dict[str, Any]:
        networks = self._job.networks
        return {
            "seen": self._seen,
            "stage": stage.number,
            "generators": networks.generators.state_dict(),
            "discriminator": networks.discriminator.state_dict(),
            "ema": self._ema.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in step.optimizers],
            "means": [self._means.sums, self._means.steps],
            "log": self._log,
            "random": torch.get_rng_state(),
        }

    def _restore(self, state: Mapping[str, Any]) -> None:
        networks = self._job.networks
        networks.generators.load_state_dict(state["generators"])
        networks.discriminator.load_state_dict(state["discriminator"])
        self._ema.load_state_dict(state["ema"])
        self._seen, self._log = state["seen"], state["log"]
        self._means.sums, self._means.steps = state["means"]
        torch.set_rng_state(state["random"].cpu())
        print(f"{self._job.label}: goes on after {self._seen} photos", file=sys.stderr, flush=True)
        # The tracker may have missed what was logged before the kill: equal lines count once.
        for line in self._log:
            self._reports.log(line)


def log_text(log: list[Line]) -> str:
    """One JSON object a line; equal logs, equal bytes."""
    return "".join(json.dumps(line) + "\n" for line in log)


def _onto(device: torch.device, batch: Batch) -> Batch:
    return Batch([sketch.to(device) for sketch in batch.sketches], batch.photos.to(device))
