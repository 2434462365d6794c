"""What is told and shown of a training on its way: nothing here touches its result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from facepencil.config.watch import WatchParams
from facepencil.images import encode_png
from facepencil.networks.painted import PaintingNet
from facepencil.store import write_bytes
from facepencil.training.means import Means
from facepencil.training.monitor import Costs
from facepencil.training.sampler import Sampler
from facepencil.training.schedule import passed

Line = dict[str, float]
"""A line of a log: photos seen and what was found out by then, by name."""


@dataclass(frozen=True)
class Reports:
    """Whom to tell: a tracker, or nobody."""

    log: Callable[[Line], None] = lambda line: None
    sheet: Callable[[Path], None] = lambda path: None


class Watcher:
    """Mean losses, costs and sample sheets at intervals of `watch`, with sums of its own.

    Attributes:
        latest: the mean losses told last; none before the first line.
    """

    def __init__(
        self, sampler: Sampler, params: WatchParams, folder: Path, reports: Reports
    ) -> None:
        """Write the sheets of `sampler` below `folder`, and tell `reports` of them."""
        self._sampler, self._params = sampler, params
        self._folder, self._reports = folder / "samples", reports
        self._means = Means()
        self._told: list[Line] = []
        self.latest: Line = {}
        self._costs = Costs()

    def see(self, losses: Mapping[str, Tensor]) -> None:
        """Count the losses of one step."""
        self._means.add(losses)

    def waited(self, seconds: float) -> None:
        """Say how long this process has waited for batches so far."""
        self._costs.waited = seconds

    def note(self, facts: Line, batch: int, last: bool, painter: PaintingNet) -> None:
        """Tell and show what is due after a step.

        Args:
            facts: photos seen, and what else stands in front of the losses.
            batch: photos of the step.
            last: at the end of a stage everything is due.
            painter: the averaged one.
        """
        seen = int(facts["photos"])
        if last or passed(seen, batch, self._params.log_every):
            self.latest = self._means.take(seen)
            self.tell(facts | self.latest | self._costs.at(seen))
        if last or passed(seen, batch, self._params.samples_every):
            self._write_sheet(seen, painter)

    def tell(self, line: Line) -> None:
        """Tell of a line, and remember it."""
        self._told.append(line)
        self._reports.log(line)

    def _write_sheet(self, seen: int, painter: PaintingNet) -> None:
        path = self._folder / f"{seen:08d}.png"
        write_bytes(path, encode_png(self._sampler.sheet(painter)))
        self._reports.sheet(path)

    def state(self) -> dict[str, Any]:
        """What `restore` needs."""
        seconds = self._costs.seconds
        return {"means": self._means.state(), "told": self._told, "seconds": seconds}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state`, whatever intervals it was made with."""
        self._means.restore(state["means"])
        self._costs.resume(state["seconds"])
        # The tracker may have missed what was told before a kill: equal lines count once.
        for line in state["told"]:
            self.tell(line)
