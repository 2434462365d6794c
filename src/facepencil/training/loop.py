"""From first to last photo: stages, average, log and state."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from facepencil.config.train import TrainParams
from facepencil.config.watch import WatchParams
from facepencil.data.stream import Batch, Stream
from facepencil.networks.painted import PaintingNet
from facepencil.training.checkpoint import load_state, save_state
from facepencil.training.cost import Stopwatch
from facepencil.training.ema import averaged
from facepencil.training.leaving import Asked, Left, never
from facepencil.training.means import Means
from facepencil.training.monitor import ProgressLine
from facepencil.training.sampler import Sampler
from facepencil.training.schedule import Stage, passed, plan_stages
from facepencil.training.step import AdversarialStep, Networks
from facepencil.training.validation import Validation
from facepencil.training.watcher import Line, Reports, Watcher

STATE_FILE = "state.pt"
LINES, SCORES = 40, 10
"""Points of the whole training at which the log has a line, and at which a line has scores."""


@dataclass(frozen=True)
class TrainingJob:
    """What is trained, on what, how, and where its state lies.

    Attributes:
        label: shown in the progress line.
        networks: with their initial weights, on `device`.
        stream: the training batches.
        validation: scores the averaged painter.
        train: losses and schedule.
        device: of networks and batches.
        folder: of this job alone: its name depends on inputs, params and code.
        sampler: paints the sample sheets.
        watch: how often something is told, shown and saved; the result does not depend on it.
    """

    label: str
    networks: Networks
    stream: Stream
    validation: Validation
    train: TrainParams
    device: torch.device
    folder: Path
    sampler: Sampler
    watch: WatchParams


class Trainer:
    """Runs a job; a killed one goes on from its last state and ends with the same bits.

    Attributes:
        stopwatch: what it took so far, over all processes that worked on it.
    """

    def __init__(self, job: TrainingJob, reports: Reports) -> None:
        """Start at the beginning, or where the job's folder says."""
        self._job = job
        single = job.networks.generators.auxiliary is None
        self._stages = plan_stages(job.train.stages, job.train.batch, single)
        self._total = self._stages[-1].last if self._stages else 0
        self._seen = 0
        self._means = Means()
        self._ema = averaged(job.networks.generators.painter, job.train.ema)
        self._log: list[Line] = []
        self.stopwatch = Stopwatch()
        self._watcher = Watcher(job.sampler, job.watch, job.folder, reports)
        self._optimizers: list[dict[str, Any]] = []
        state = load_state(job.folder / STATE_FILE, job.device)
        if state:
            self._restore(state)

    def run(self, asked_to_leave: Asked = never) -> tuple[PaintingNet, list[Line]]:
        """Train to the end; returns the averaged painter and the log.

        The log has a line at each of 40 points of the training and at the end of every stage:
        photos seen, stage, learning rate, mean losses since the line before, and at each of 10
        points the validation scores.

        Args:
            asked_to_leave: looked at after every step.

        Raises:
            Left: it was asked to leave, and saved its state.
            LossError: a loss became infinite or no number; found at the next line or state.
        """
        line = ProgressLine(self._job.label, self._total, self._seen)
        for stage in self._stages:
            if self._seen < stage.last:
                self._run_stage(stage, line, asked_to_leave)
        line.close()
        return self._painter, self._log

    @property
    def photos(self) -> int:
        """Photos seen so far, over all stages."""
        return self._seen

    @property
    def _painter(self) -> PaintingNet:
        return cast(PaintingNet, self._ema.module)

    def _run_stage(self, stage: Stage, line: ProgressLine, asked_to_leave: Asked) -> None:
        job, batch = self._job, self._job.train.batch
        step = AdversarialStep(job.networks, job.train, stage.number)
        self._restore_optimizers(step)
        while self._seen < stage.last:
            rate = stage.learning_rate(self._seen, job.train.learning_rate, job.train.warmup)
            losses = step(_onto(job.device, job.stream.batch(self._seen)), rate, self._seen)
            self._seen += batch
            self._ema.update_parameters(job.networks.generators.painter)
            self._means.add(losses)
            self._watcher.see(losses)
            line.show(self._seen, losses)
            self._note(stage, rate)
            leaves = asked_to_leave() and self._seen < self._total
            # Last, with the log in it.
            due = passed(self._seen, batch, job.watch.state_every)
            if due or leaves or self._seen == stage.last:
                self._save(stage, step)
            if leaves:
                raise Left(self._seen)

    def _note(self, stage: Stage, rate: float) -> None:
        painter, last = self._painter, self._seen == stage.last
        facts = {"photos": self._seen, "stage": stage.number, "learning_rate": rate}
        if last or self._at_one_of(LINES):
            scores = self._job.validation.scores(painter) if self._at_one_of(SCORES) else {}
            self._log.append(facts | self._means.take(self._seen) | scores)
            if scores:
                self._watcher.tell({"photos": self._seen} | scores)
        self._watcher.note(facts, self._job.train.batch, last, painter)

    def _at_one_of(self, points: int) -> bool:
        """Whether the last step reached one of so many points, spread evenly to the very end."""
        return passed(self._seen * points, self._job.train.batch * points, self._total)

    def _save(self, stage: Stage, step: AdversarialStep) -> None:
        self._means.check(self._seen)
        save_state(self._job.folder / STATE_FILE, self._state(stage, step))

    def _state(self, stage: Stage, step: AdversarialStep) -> dict[str, Any]:
        networks = self._job.networks
        # The next stage begins with fresh ones.
        running = step.optimizers if self._seen < stage.last else []
        return {
            "seen": self._seen,
            "generators": networks.generators.state_dict(),
            "discriminator": networks.discriminator.state_dict(),
            "ema": self._ema.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in running],
            "means": self._means.state(),
            "log": self._log,
            "watch": self._watcher.state(),
            "cost": self.stopwatch.read(),
            "random": _random_state(),
        }

    def _restore(self, state: Mapping[str, Any]) -> None:
        networks = self._job.networks
        networks.generators.load_state_dict(state["generators"])
        networks.discriminator.load_state_dict(state["discriminator"])
        self._ema.load_state_dict(state["ema"])
        self._seen, self._log = state["seen"], state["log"]
        self._optimizers = state["optimizers"]
        self._means.restore(state["means"])
        self.stopwatch.restore(state["cost"])
        _set_random_state(state["random"])
        print(f"{self._job.label}: goes on after {self._seen} photos", file=sys.stderr, flush=True)
        self._watcher.restore(state["watch"])

    def _restore_optimizers(self, step: AdversarialStep) -> None:
        """Give a resumed stage its optimizers' averages, once."""
        for optimizer, state in zip(step.optimizers, self._optimizers, strict=False):
            optimizer.load_state_dict(state)
        self._optimizers = []


def log_text(log: list[Line]) -> str:
    """One JSON object a line; equal logs, equal bytes."""
    return "".join(json.dumps(line) + "\n" for line in log)


def _random_state() -> list[Tensor]:
    """Of the CPU, which draws windows, and of every GPU, where dropout draws."""
    gpus = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return [torch.get_rng_state(), *gpus]


def _set_random_state(states: Sequence[Tensor]) -> None:
    cpu, *gpus = (state.cpu() for state in states)
    torch.set_rng_state(cpu)
    if gpus:
        torch.cuda.set_rng_state_all(gpus)


def _onto(device: torch.device, batch: Batch) -> Batch:
    told = batch.told and [one.to(device) for one in batch.told]
    sketches = [sketch.to(device) for sketch in batch.sketches]
    return Batch(sketches, batch.photos.to(device), told)
