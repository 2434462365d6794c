"""From first to last photo: stages, average, log and state."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from facepencil.config.train import TrainParams
from facepencil.config.watch import WatchParams
from facepencil.data.ahead import Feed
from facepencil.data.stream import Stream
from facepencil.networks.painted import PaintingNet
from facepencil.ranks import ALONE, Ranks, RanksError
from facepencil.training.checkpoint import load_state, save_state
from facepencil.training.cost import Stopwatch
from facepencil.training.ema import Average
from facepencil.training.leaving import Asked, Left, never
from facepencil.training.means import Means
from facepencil.training.memory import choose_micro_batch, telling_what_to_lower, undone
from facepencil.training.monitor import ProgressLine
from facepencil.training.randomness import random_state, restore_random_state
from facepencil.training.replay import ReplayedStep, on_cuda
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
        ranks: the processes that share each batch; the first alone writes, scores and tells.
        workers: processes that draw batches ahead; the result does not depend on it.
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
    ranks: Ranks = ALONE
    workers: int = 0


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
        self._share = job.ranks.share_of(job.train.batch)
        self._micro: int | None = None
        self._means = Means()
        self._ema = Average(job.networks.generators.painter, job.train.ema)
        self._log: list[Line] = []
        self.stopwatch = Stopwatch()
        self._watcher = Watcher(job.sampler, job.watch, job.folder, reports)
        self._part_random_numbers()
        self._running: Mapping[str, Any] = {}
        # The first alone may remove a damaged state, and does so before the others look.
        path = job.folder / STATE_FILE
        state = job.ranks.after_first(lambda: load_state(path, job.device))
        if state:
            self._restore(state)
        self._see_that_all_start_alike()
        self._feed = self._make_feed()

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
        return self._ema.module, self._log

    @property
    def photos(self) -> int:
        """Photos seen so far, over all stages."""
        return self._seen

    def _make_feed(self) -> Feed:
        job, batch = self._job, self._job.train.batch
        own = self._seen + job.ranks.rank * self._share
        firsts = range(own, self._total, batch)
        return Feed(job.stream, firsts, self._share, job.device, job.workers)

    def _run_stage(self, stage: Stage, line: ProgressLine, asked_to_leave: Asked) -> None:
        job, batch = self._job, self._job.train.batch
        step = self._make_step(stage)
        alone = job.device.type == "cuda" and job.ranks.size == 1
        take = ReplayedStep(step, on_cuda()) if alone else step
        while self._seen < stage.last:
            rate = stage.learning_rate(self._seen, job.train.learning_rate, job.train.warmup)
            with telling_what_to_lower(self._micro or self._share, job.device):
                losses = take(next(self._feed), rate, self._seen)
            self._seen += batch
            self._ema.update(job.networks.generators.painter)
            self._means.add(losses)
            if job.ranks.first:
                self._watcher.see(losses)
                self._note(stage, rate)
                line.show(self._seen, self._watcher.latest)
            leaves = self._seen < self._total and self._agree_to_leave(asked_to_leave)
            # Last, with the log in it.
            due = passed(self._seen, batch, job.watch.state_every)
            if due or leaves or self._seen == stage.last:
                self._save(stage, step)
            if leaves:
                raise Left(self._seen)

    def _agree_to_leave(self, asked: Asked) -> bool:
        """Whether a process was asked to leave; several ask each other at log lines alone."""
        ranks, every = self._job.ranks, self._job.watch.log_every
        if ranks.size > 1 and not passed(self._seen, self._job.train.batch, every):
            return False
        return any(ranks.gather(asked()))

    def _make_step(self, stage: Stage) -> AdversarialStep:
        """The step of a stage, resumed where a state was of its middle."""
        job, running = self._job, self._running
        self._micro = running.get("micro_batch") or self._choose_micro_batch(stage)
        step = AdversarialStep(job.networks, job.train, stage.number, job.ranks, self._micro)
        for optimizer, state in zip(step.optimizers, running.get("optimizers", []), strict=False):
            optimizer.load_state_dict(state)
        if running.get("scaler"):
            step.scaler.load_state_dict(running["scaler"])
        self._running = {}
        return step

    def _choose_micro_batch(self, stage: Stage) -> int:
        """As many photos at a time as fit, the same number in all processes."""
        job, train = self._job, self._job.train
        # A step at which everything counts that ever does: it takes the most memory.
        full = -(-train.gan_from // train.batch) * train.batch * train.r1_every
        batch = job.stream.draw(0, self._share).onto(job.device)

        def trial(photos: int) -> None:
            with undone(job.networks):
                AdversarialStep(job.networks, train, stage.number, micro_batch=photos)(
                    batch, train.learning_rate, full
                )

        measured = job.device.type == "cuda"
        found = choose_micro_batch(train.micro_batch, self._share, measured, trial)
        return min(job.ranks.gather(found))

    def _note(self, stage: Stage, rate: float) -> None:
        painter, last = self._ema.module, self._seen == stage.last
        facts = {"photos": self._seen, "stage": stage.number, "learning_rate": rate}
        if last or self._at_one_of(LINES):
            scores = self._job.validation.scores(painter) if self._at_one_of(SCORES) else {}
            self._log.append(facts | self._means.take(self._seen) | scores)
            if scores:
                self._watcher.tell({"photos": self._seen} | scores)
        self._watcher.waited(self._feed.waited)
        self._watcher.note(facts, self._job.train.batch, last, painter)

    def _at_one_of(self, points: int) -> bool:
        """Whether the last step reached one of so many points, spread evenly to the very end."""
        return passed(self._seen * points, self._job.train.batch * points, self._total)

    def _save(self, stage: Stage, step: AdversarialStep) -> None:
        self._means.check(self._seen)
        state = self._state(stage, step)
        if self._job.ranks.first:
            save_state(self._job.folder / STATE_FILE, state)

    def _state(self, stage: Stage, step: AdversarialStep) -> dict[str, Any]:
        networks, ranks = self._job.networks, self._job.ranks
        running = {
            "optimizers": [optimizer.state_dict() for optimizer in step.optimizers],
            "scaler": step.scaler.state_dict(),
            "micro_batch": self._micro,
        }
        return {
            "seen": self._seen,
            "generators": networks.generators.state_dict(),
            "discriminator": networks.discriminator.state_dict(),
            "ema": self._ema.state(),
            # The next stage begins with fresh ones.
            "running": running if self._seen < stage.last else {},
            "means": self._means.state(),
            "log": self._log,
            "watch": self._watcher.state(),
            "cost": self.stopwatch.read(),
            "random": ranks.gather(random_state(self._job.device)),
        }

    def _restore(self, state: Mapping[str, Any]) -> None:
        networks = self._job.networks
        networks.generators.load_state_dict(state["generators"])
        networks.discriminator.load_state_dict(state["discriminator"])
        self._ema.restore(state["ema"])
        self._seen, self._log = state["seen"], state["log"]
        self._running = state["running"]
        self._means.restore(state["means"])
        self.stopwatch.restore(state["cost"])
        self._restore_random(state["random"])
        if self._job.ranks.first:
            said = f"{self._job.label}: goes on after {self._seen} photos"
            print(said, file=sys.stderr, flush=True)
            self._watcher.restore(state["watch"])

    def _restore_random(self, states: list[list[Tensor]]) -> None:
        """Take up this process's random numbers; with another count of processes, say so."""
        ranks, before = self._job.ranks, len(states)
        same = before == ranks.size
        restore_random_state(states[ranks.rank if same else 0], self._job.device)
        if not same:
            self._part_random_numbers()
            # Parts that fitted a smaller share need not be those of this one.
            self._running = {**self._running, "micro_batch": None} if self._running else {}
        if ranks.first and not same:
            print(
                f"{self._job.label}: shared by {ranks.size} processes, so far by {before}: the "
                "same samples in the same order; sums of gradients round otherwise",
                file=sys.stderr,
                flush=True,
            )

    def _part_random_numbers(self) -> None:
        """Let dropout draw other units in each process; the CPU's window is the same in all."""
        job = self._job
        if job.device.type == "cuda" and job.ranks.rank:
            torch.cuda.manual_seed(torch.cuda.initial_seed() + job.ranks.rank)

    def _see_that_all_start_alike(self) -> None:
        """Compare what all processes start from.

        Raises:
            RanksError: they do not see the same state.
        """
        seen = self._job.ranks.gather(self._seen)
        if len(set(seen)) > 1:
            raise RanksError(
                f"{self._job.folder}: the processes found states after {seen} photos: expected a "
                "folder that all nodes share"
            )


def log_text(log: list[Line]) -> str:
    """One JSON object a line; equal logs, equal bytes."""
    return "".join(json.dumps(line) + "\n" for line in log)
